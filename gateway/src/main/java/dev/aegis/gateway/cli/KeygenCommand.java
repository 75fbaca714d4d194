package dev.aegis.gateway.cli;

import dev.aegis.client.Identity;
import dev.aegis.crypto.SigningKey;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "keygen",
    mixinStandardHelpOptions = true,
    description = "Makes an agent's key file and prints its public key.")
final class KeygenCommand implements Callable<Integer> {
  @Mixin JsonOption json = new JsonOption();

  @Parameters(
      paramLabel = "FILE",
      description = "The key file to make; an old one is never overwritten.")
  Path file = Path.of("agent.key");

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    SigningKey key = Identity.generate(new SecureRandom());
    Identity.save(key, file);
    String publicKey = key.verifyingKey().toString();
    json.print(
        spec.commandLine().getOut(),
        publicKey,
        Map.of("file", file.toString(), "public_key", publicKey));
    return ExitCode.OK;
  }
}
