/// The gateway: pipeline, sessions, dispatch, delivery, HTTP, telemetry.
@NullMarked
package dev.aegis.gateway;

import org.jspecify.annotations.NullMarked;
