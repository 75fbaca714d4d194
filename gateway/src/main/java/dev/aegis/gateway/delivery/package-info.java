/// What is owed to a connected recipient: a pure state machine, without clocks, threads or I/O.
@NullMarked
package dev.aegis.gateway.delivery;

import org.jspecify.annotations.NullMarked;
