/// The registry of agents in motion: heartbeats, who is there, and the feed of what changes.
@NullMarked
package dev.aegis.gateway.registry;

import org.jspecify.annotations.NullMarked;
