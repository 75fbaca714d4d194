package dev.aegis.gateway.cli;

/// The exit codes of the command line; 70 is the launcher's.
final class ExitCode {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int NOT_REACHABLE = 3;
  static final int REFUSED = 4;
  static final int TIMEOUT = 5;

  private ExitCode() {}
}
