/// What the documents show, compiled.
@NullMarked
package dev.aegis.example;

import org.jspecify.annotations.NullMarked;
