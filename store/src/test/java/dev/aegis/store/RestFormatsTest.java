package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.StorageCipher;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What REST and webhooks keep, as it was when it was first released: what seals are bound to, and
/// a column of each table. Sealing is random, so only reading can be held to that.
class RestFormatsTest {
  private static final UUID ID = new UUID(0x0199a3c26f0e7b1aL, 0x9a521f0e3f9f7c11L);

  @Test
  void theResultOfAMessage() throws Exception {
    byte[] bound = ResultStore.associatedData("bob", 3, 11);
    assertOpens("rest-result", bound, "{\"sum\":42}");
  }

  @Test
  void theAnswerOfAnIdempotencyKey() throws Exception {
    byte[] bound = new IdempotencyStore.Name("key:ä", "order 7").associatedData();
    assertOpens("rest-answer", bound, "{\"id\":\"%s\"}".formatted(ID));
  }

  @Test
  void theSecretOfAWebhook() throws Exception {
    byte[] bound = WebhookSecrets.associatedData("bob");
    assertOpens("rest-secret", bound, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
    assertThat(new WebhookSecrets(cipher()).open("bob", false, Golden.read("rest-secret-sealed")))
        .isEqualTo("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
  }

  @Test
  void theResponseToAWebhook() throws Exception {
    byte[] bound = WebhookLogStore.associatedData("bob", ID);
    assertOpens("rest-response", bound, "not today: ä");
  }

  private static void assertOpens(String name, byte[] bound, String expected) throws Exception {
    Golden.assertWritten(name + "-bound", bound);
    byte[] opened = cipher().open(Golden.read(name + "-sealed"), Golden.read(name + "-bound"));
    assertThat(new String(opened, StandardCharsets.UTF_8)).isEqualTo(expected);
  }

  private static StorageCipher cipher() throws Exception {
    return StorageCipher.fromKeyset(Golden.read("keyset"));
  }
}
