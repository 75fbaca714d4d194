/// One commit against another, in turn on the same machine.
@org.jspecify.annotations.NullMarked
package dev.aegis.bench.compare;
