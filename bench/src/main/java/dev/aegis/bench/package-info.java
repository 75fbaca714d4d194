/// The benchmarks of single stages, and the command line over everything that measures.
@NullMarked
package dev.aegis.bench;

import org.jspecify.annotations.NullMarked;
