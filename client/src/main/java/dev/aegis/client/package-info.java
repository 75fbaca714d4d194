/// The agent SDK.
@NullMarked
package dev.aegis.client;

import org.jspecify.annotations.NullMarked;
