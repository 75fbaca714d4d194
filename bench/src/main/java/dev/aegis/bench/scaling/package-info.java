/// What a larger cluster needs, computed from what the parts of a small one were measured to cost.
@NullMarked
package dev.aegis.bench.scaling;

import org.jspecify.annotations.NullMarked;
