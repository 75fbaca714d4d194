package dev.aegis.bench.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection that is passed on: what comes from either end goes to the other, with its end, in
/// order or not at all. Where one end has gone without a farewell (RST) the other is told so, too,
/// unless it is to hear nothing.
///
/// What is held back stays in the sockets' buffers, so that whoever sends is held up by TCP in the
/// end. Thread-safe.
final class RelayedConnection {
  /// An end of the connection.
  enum End {
    /// Which has opened it.
    NEAR,
    /// Which has accepted it.
    FAR
  }

  private static final Logger LOG = LoggerFactory.getLogger(RelayedConnection.class);
  private static final int BUFFER_BYTES = 64 << 10;

  private final Socket near;
  private final Socket far;
  private boolean nearHeld;
  private boolean farHeld;
  private boolean broken;
  private boolean over;
  private int pumps = 2;

  RelayedConnection(Socket near, Socket far) {
    this.near = near;
    this.far = far;
  }

  /// Passes on until both ends are done.
  void run() {
    Thread back = Thread.ofVirtual().start(() -> pump(End.FAR, far, near));
    pump(End.NEAR, near, far);
    try {
      back.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      reset();
    }
  }

  private void pump(End from, Socket in, Socket out) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream source = in.getInputStream();
      OutputStream sink = out.getOutputStream();
      for (int length = source.read(buffer); length >= 0; length = source.read(buffer)) {
        awaitFree(from);
        sink.write(buffer, 0, length);
      }
      awaitFree(from);
      out.shutdownOutput();
      done();
    } catch (IOException e) {
      LOG.debug("from {}: {}", from, e.getMessage());
      lost();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      reset();
    }
  }

  private synchronized void awaitFree(End from) throws InterruptedException {
    while (!over && (from == End.NEAR ? nearHeld : farHeld)) {
      wait();
    }
  }

  private synchronized void done() {
    pumps--;
    if (pumps == 0 && !over) {
      over = true;
      close(near);
      close(far);
    }
  }

  private synchronized void lost() {
    broken = true;
    if (!nearHeld && !farHeld) {
      reset();
    }
  }

  /// Begins a cut.
  ///
  /// @param end which is told where only one is, and which is not heard where one is not
  /// @return false when the connection is over, or cut already
  synchronized boolean begin(Cut cut, End end) {
    if (over || nearHeld || farHeld) {
      return false;
    }
    switch (cut) {
      case RESET -> reset();
      case HALF_OPEN -> {
        hold();
        abort(end == End.NEAR ? near : far);
      }
      case BLACK_HOLE, STALL -> hold();
      case ONE_WAY -> {
        nearHeld = end == End.NEAR;
        farHeld = end == End.FAR;
      }
    }
    return true;
  }

  private void hold() {
    nearHeld = true;
    farHeld = true;
  }

  /// Ends a cut: the connection is over, unless the cut is one that it survives.
  synchronized void end(Cut cut) {
    if (cut.isSurvived() && !broken) {
      nearHeld = false;
      farHeld = false;
      notifyAll();
    } else {
      reset();
    }
  }

  /// Tells both ends that it is over, without a farewell.
  synchronized void reset() {
    if (!over) {
      over = true;
      abort(near);
      abort(far);
    }
    notifyAll();
  }

  private static void abort(Socket socket) {
    try {
      socket.setSoLinger(true, 0); // closed like that it sends RST, and drops what it still has
    } catch (IOException e) {
      LOG.debug("it is closed already: {}", e.getMessage());
    }
    close(socket);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("cannot be closed: {}", e.getMessage());
    }
  }
}
