/// A gateway in a process of its own: starting it, enrolling agents, and what it takes of the
/// machine.
@NullMarked
package dev.aegis.bench.server;

import org.jspecify.annotations.NullMarked;
