/// Other messaging systems beside Aegis, on the same workloads with clients of the same discipline.
@NullMarked
package dev.aegis.bench.peers;

import org.jspecify.annotations.NullMarked;
