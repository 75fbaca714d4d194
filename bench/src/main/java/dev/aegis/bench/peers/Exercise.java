package dev.aegis.bench.peers;

import dev.aegis.bench.compare.Subject;
import dev.aegis.bench.compare.Subject.Measure;
import dev.aegis.bench.peers.host.Peer;
import dev.aegis.bench.peers.host.PeerServer;
import dev.aegis.bench.report.Figures;
import java.io.IOException;
import java.util.List;

/// One measurement that is made of every system in turn.
///
/// @param workload the one it belongs to
/// @param title what is done, for people
/// @param peers those that take part beside Aegis
/// @param measures what of its figures is compared
record Exercise(
    Workload workload, String title, List<Peer> peers, List<Measure> measures, Trial trial) {
  /// Measures one running server.
  interface Trial {
    Figures measure(PeerServer server) throws IOException, InterruptedException;
  }

  Subject subject() {
    return new Subject(workload.name(), workload.label(), title, measures);
  }
}
