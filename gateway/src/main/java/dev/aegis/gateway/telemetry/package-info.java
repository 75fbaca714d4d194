/// What admins look at: status and metrics.
@NullMarked
package dev.aegis.gateway.telemetry;

import org.jspecify.annotations.NullMarked;
