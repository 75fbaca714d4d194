/// Measurements of a gateway's life without load: how fast it is ready, what an idle connection
/// takes.
@NullMarked
package dev.aegis.bench.life;

import org.jspecify.annotations.NullMarked;
