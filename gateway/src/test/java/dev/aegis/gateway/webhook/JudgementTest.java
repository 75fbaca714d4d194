package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.webhook.Judgement.Result;
import dev.aegis.protocol.ErrorCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class JudgementTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final long LONGEST = 300_000;

  @ParameterizedTest
  @CsvSource({
    "200,DELIVERED,,false",
    "202,DELIVERED,,false",
    "204,DELIVERED,,false",
    "301,REFUSED,HANDLER_FAILED,false",
    "307,REFUSED,HANDLER_FAILED,false",
    "400,REFUSED,HANDLER_FAILED,false",
    "404,REFUSED,HANDLER_FAILED,false",
    "410,GONE,RECIPIENT_OFFLINE,false",
    "429,REFUSED,RATE_LIMITED,true",
    "500,FAILED,HANDLER_FAILED,true",
    "503,FAILED,OVERLOADED,true"
  })
  void statusesMeanWhatTheySay(
      int status, Result result, @Nullable ErrorCode code, boolean hostFails) {
    Judgement judgement = Judgement.of(response(status, null), NOW, LONGEST);
    assertThat(judgement.result()).isEqualTo(result);
    assertThat(judgement.code()).isEqualTo(code);
    assertThat(judgement.hostFails()).isEqualTo(hostFails);
    assertThat(judgement.pauseMillis()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "120,120000",
    "0,0",
    "999999999,300000",
    "99999999999999999999,300000",
    "-5,0",
    "soon,0",
    "'Sun, 22 Nov 2026 10:01:00 GMT',60000",
    "'Sun, 22 Nov 2026 09:00:00 GMT',0",
    "'Mon, 22 Nov 2027 10:00:00 GMT',300000"
  })
  void aServerMayAskForAPauseWithinBounds(String retryAfter, long pauseMillis) {
    for (int status : new int[] {429, 503}) {
      assertThat(Judgement.of(response(status, retryAfter), NOW, LONGEST).pauseMillis())
          .isEqualTo(pauseMillis);
    }
    assertThat(Judgement.of(response(500, retryAfter), NOW, LONGEST).pauseMillis()).isZero();
  }

  /// A server that says how it wants to be treated lives.
  @Test
  void tooManyRequestsWithAPauseIsNoFailureOfTheHost() {
    assertThat(Judgement.of(response(429, "1"), NOW, LONGEST).hostFails()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Answer.Why.class)
  void withoutAnAnswerAMessageMayBeTriedAgain(Answer.Why why) {
    Judgement judgement = Judgement.of(new Answer.None(why), NOW, LONGEST);
    assertThat(judgement.code()).isIn(ErrorCode.TIMEOUT, ErrorCode.RECIPIENT_OFFLINE);
    assertThat(judgement.error()).isEqualTo(why.text());
    boolean ownAffair = why == Answer.Why.NO_ROOM || why == Answer.Why.STOPPED;
    assertThat(judgement.hostFails()).isEqualTo(!ownAffair);
  }

  private static Answer response(int status, @Nullable String retryAfter) {
    return new Answer.Response(status, null, retryAfter, new byte[0], true);
  }
}
