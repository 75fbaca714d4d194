/// Priority lanes of one event loop and the drain that empties them.
@NullMarked
package dev.aegis.gateway.dispatch;

import org.jspecify.annotations.NullMarked;
