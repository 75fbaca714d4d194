package dev.aegis.bench.server;

import java.util.List;

/// Which stage of a message's way a sample of a stack belongs to: the innermost frame that some
/// rule knows decides, so that a library's work counts for whoever asked for it.
final class Stages {
  /// A prefix of class or class and method, and the stage.
  private record Rule(String prefix, String stage) {}

  private static final String OTHER = "other";

  private static final List<Rule> RULES =
      List.of(
          new Rule("io.netty.handler.ssl.", "TLS"),
          new Rule("io.netty.internal.tcnative.", "TLS"),
          new Rule("sun.security.ssl.", "TLS"),
          new Rule("dev.aegis.crypto.RecordCipher", "record seal and open"),
          new Rule("dev.aegis.crypto.MerkleTree", "window tree"),
          new Rule("dev.aegis.crypto.Ed25519", "signatures"),
          new Rule("dev.aegis.crypto.KeyedSignature", "signatures"),
          new Rule("dev.aegis.crypto.StorageCipher", "sealing at rest"),
          new Rule("dev.aegis.protocol.", "envelopes and flights"),
          new Rule("dev.aegis.gateway.admission.", "admission"),
          new Rule("dev.aegis.gateway.router.", "routing"),
          new Rule("dev.aegis.gateway.dispatch.", "lanes and dispatch"),
          new Rule("dev.aegis.gateway.delivery.", "mailboxes"),
          new Rule("dev.aegis.gateway.session.", "outbox"),
          new Rule("dev.aegis.gateway.net.", "pipeline"),
          new Rule("dev.aegis.store.Projector", "projections"),
          new Rule("dev.aegis.store.Projection", "projections"),
          new Rule("dev.aegis.store.CopyRows", "projections"),
          new Rule("dev.aegis.store.", "journal"),
          new Rule("dev.aegis.client.SerialHandlers", "client: handlers"),
          new Rule("dev.aegis.client.", "client"),
          new Rule("dev.aegis.bench.", "load generator"),
          new Rule("io.netty.handler.codec.", "WebSocket"),
          new Rule("io.netty.channel.epoll.Native", "system calls of sockets"),
          new Rule("io.netty.channel.unix.", "system calls of sockets"),
          new Rule("sun.nio.ch.", "system calls of sockets"),
          new Rule("io.netty.channel.", "event loop and pipeline"),
          new Rule("java.util.concurrent.ForkJoin", "virtual threads"),
          new Rule("java.lang.VirtualThread", "virtual threads"));

  private Stages() {}

  /// @param frames `class.method`, innermost first
  static String of(List<String> frames) {
    for (String frame : frames) {
      for (Rule rule : RULES) {
        if (frame.startsWith(rule.prefix)) {
          return rule.stage;
        }
      }
    }
    return OTHER;
  }
}
