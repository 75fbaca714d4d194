/// A database of many messages, and how long the calls take that look through it.
@NullMarked
package dev.aegis.bench.database;

import org.jspecify.annotations.NullMarked;
