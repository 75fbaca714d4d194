package dev.aegis.bench.cluster;

import dev.aegis.bench.compare.Subject;
import dev.aegis.bench.load.LoadPlan;

/// One load that is put on a cluster and on a gateway alone.
///
/// @param spread whether receivers are at all nodes and hear a topic, instead of at the last node
record Trial(Subject subject, LoadPlan plan, boolean spread) {}
