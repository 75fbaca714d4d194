package dev.aegis.gateway.config;

import java.util.List;

/// The gateway cannot be configured like that. Names every problem that was found, never a secret.
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  ConfigurationException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
  }
}
