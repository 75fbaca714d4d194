/// Authenticated connections: one session per agent, its outgoing queue, and the registry that
/// finds it.
@NullMarked
package dev.aegis.gateway.session;

import org.jspecify.annotations.NullMarked;
