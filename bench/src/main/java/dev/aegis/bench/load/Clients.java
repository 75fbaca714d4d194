package dev.aegis.bench.load;

import dev.aegis.protocol.Priority;
import java.io.IOException;
import java.util.List;

/// The clients of one run: those that send, those that receive, and those that only stay.
public interface Clients extends AutoCloseable {
  /// Hears what arrives. Called on the clients' threads, for one receiver by one at a time.
  interface Arrivals {
    void arrived(int receiver, Priority priority, byte[] payload);
  }

  /// Makes receivers 0 to before `count` known, so that messages can be sent to them.
  void prepareReceivers(int count) throws IOException, InterruptedException;

  /// Connects receivers `from` to before `until`.
  void connectReceivers(int from, int until, Arrivals arrivals)
      throws IOException, InterruptedException;

  /// Connects senders `from` to before `until`. They have event loops that others do not share.
  List<? extends Sender> connectSenders(int from, int until)
      throws IOException, InterruptedException;

  /// Makes clients known that only connect and stay: 0 to before `count`.
  void prepareIdle(int count) throws IOException, InterruptedException;

  /// Connects those from `from` to before `until`.
  void connectIdle(int from, int until) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
