package dev.aegis.gateway.cli;

/// The exit codes of the command line; 70 is the launcher's.
final class ExitCode {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /// Also where the gateway ends the session, or lets no agent in that is not enrolled.
  static final int NOT_REACHABLE = 3;

  static final int REFUSED = 4;
  static final int TIMEOUT = 5;
  static final int DATABASE = 69;
  static final int CONFIGURATION = 78;

  /// For the end of every command's help.
  static final String[] FOOTER = {
    "",
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 gateway not reachable,",
    "or it does not let the agent in, 4 refused, 5 timeout,",
    "69 database not available, 70 no Java or no build, 78 bad configuration."
  };

  private ExitCode() {}
}
