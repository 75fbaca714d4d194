package dev.aegis.bench.load;

import java.io.IOException;
import java.util.List;

/// Clients that are as others, but for what a subclass does its own way.
abstract class ForwardingClients implements Clients {
  private final Clients others;

  ForwardingClients(Clients others) {
    this.others = others;
  }

  @Override
  public void prepareReceivers(int count) throws IOException, InterruptedException {
    others.prepareReceivers(count);
  }

  @Override
  public void connectReceivers(int from, int until, Arrivals arrivals)
      throws IOException, InterruptedException {
    others.connectReceivers(from, until, arrivals);
  }

  @Override
  public List<? extends Sender> connectSenders(int from, int until)
      throws IOException, InterruptedException {
    return others.connectSenders(from, until);
  }

  @Override
  public void prepareIdle(int count) throws IOException, InterruptedException {
    others.prepareIdle(count);
  }

  @Override
  public void connectIdle(int from, int until) throws IOException, InterruptedException {
    others.connectIdle(from, until);
  }

  @Override
  public void close() throws IOException {
    others.close();
  }
}
