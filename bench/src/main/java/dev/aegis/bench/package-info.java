/// Benchmarks and load generation.
@NullMarked
package dev.aegis.bench;

import org.jspecify.annotations.NullMarked;
