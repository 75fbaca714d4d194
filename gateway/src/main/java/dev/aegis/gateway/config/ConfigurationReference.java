package dev.aegis.gateway.config;

/// What can be configured, for the documentation.
public final class ConfigurationReference {
  private static final String HEAD =
      """
      # Configuration

      <!-- Made by: ./aegis config --reference > docs/CONFIGURATION.md -->

      Every setting has one key. It can be given, from the strongest to the weakest,

      1. as a flag of `serve`: the key with `-` for each `.`, such as `--tls-certificate`;
      2. as a variable of the environment: `AEGIS_` and the key in capitals with `_`, such as `AEGIS_TLS_CERTIFICATE`;
      3. in a YAML file: the one named by `--config` or `AEGIS_CONFIG`, else `aegis.yaml` in the directory where the gateway is
         started, if there is one;
      4. for `postgres.url` as `DATABASE_URL`, for `redis.url` as `REDIS_URL`, for `api.admin-key` as `AGENT_API_KEY`, for `audit.retention`
         as `MESSAGE_RETENTION_DAYS`;
      5. else the default holds.

      An empty value counts as none. In the file the dots of a key are nesting:

      ```yaml
      listen: 0.0.0.0:8443
      tls:
        certificate: /etc/aegis/tls.crt
        key: /etc/aegis/tls.key
      postgres:
        url: postgresql://db.internal:5432/aegis
        user: aegis
      rates:
        types:
          telemetry: 5000:20000
      ```

      Keep the password out of the file and the command line: `AEGIS_POSTGRES_PASSWORD`.

      A value that is not allowed, a key in the file that does not exist, or a file that was named and is not there keeps the gateway
      from starting: it says which key, from where, what it was and what is allowed, and ends with exit code 78. A variable
      that begins with `AEGIS_` and is no setting is only warned about. An own database that does not answer at start ends it with
      exit code 69; one that goes away later is waited for. The embedded one is started again where it ends by itself; while the gateway
      starts, three times at most, then with exit code 69 too.

      `MESSAGE_QUEUE_WORKERS`, which systems have that this gateway replaces, means nothing here and is warned about: no workers fetch messages
      from a queue. `network.event-loops` is how many threads serve connections.

      `./aegis config` prints what is effective and where it comes from; `--json` for scripts. Secrets are shown as `***`.

      Times are written with a unit: `ms`, `s`, `min`, `h`, `d`. Sizes are in bytes, or with `KiB`, `MiB`, `GiB`.

      """;

  private ConfigurationReference() {}

  /// The whole document.
  public static String markdown() {
    StringBuilder text = new StringBuilder(HEAD);
    text.append("| key | default | allowed | what it is |\n|---|---|---|---|\n");
    for (Setting<?> setting : Settings.all()) {
      text.append("| `")
          .append(setting.key())
          .append("` | ")
          .append(setting.fallback().isEmpty() ? "none" : "`" + setting.fallback() + "`")
          .append(" | ")
          .append(setting.allowed())
          .append(" | ")
          .append(setting.description());
      if (setting.secret()) {
        text.append(". Secret");
      }
      if (!setting.aliases().isEmpty()) {
        text.append(". Also `").append(String.join("`, `", setting.aliases())).append('`');
      }
      text.append(" |\n");
    }
    return text.toString();
  }
}
