package dev.aegis.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.store.StoreException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// What every operation has in common, without a server.
class ApiTest {
  @Test
  void aQuestionThatTakesTooLongIsNotOneForALaterTime() {
    Reply reply =
        answer(_ -> {
          throw new StoreException.TooLong("cannot read statistics in time", null);
        });
    assertThat(reply.status()).isEqualTo(422);
    assertThat(code(reply)).isEqualTo("range-too-long");
  }

  @Test
  void aDatabaseThatIsAwayMayBeThereLater() {
    Reply reply =
        answer(_ -> {
          throw new StoreException.Unavailable("away", null);
        });
    assertThat(reply.status()).isEqualTo(503);
    assertThat(code(reply)).isEqualTo("store-unavailable");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/things/a%00b", "/things/a?word=%00", "/things/a?wo%00rd=1"})
  void noTextHasTheCharacterThatNoDatabaseTakes(String uri) {
    Reply reply = answer(uri, "", _ -> Reply.empty(204));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(code(reply)).isEqualTo("malformed-uri");
  }

  @Test
  void neitherDoesACursorNorAField() {
    String cursor = Base64.getUrlEncoder().encodeToString("a\0b".getBytes(StandardCharsets.UTF_8));
    Reply reply =
        answer(
            "/things/a?cursor=" + cursor,
            "",
            call -> {
              Page.of(call);
              return Reply.empty(204);
            });
    assertThat(code(reply)).isEqualTo("invalid-cursor");
    Reply field =
        answer(
            "/things/a",
            "{\"word\":\"a\\u0000\"}",
            call -> {
              Fields.of(call.request(), "word").text("word");
              return Reply.empty(204);
            });
    assertThat(code(field)).isEqualTo("invalid-request");
  }

  @Test
  void whateverIsAnsweredIsToldOfWithItsRouteIfThereIsOne() {
    List<String> told = new ArrayList<>();
    Route route =
        Route.get(
            "/things/{id}",
            call -> {
              if (call.variable("id").equals("bad")) {
                throw new StoreException.Unavailable("away", null);
              }
              return Reply.empty(204);
            });
    Api api =
        new Api(
            new RouteTable(List.of((Resource) () -> List.of(route))),
            _ -> Caller.ANYBODY,
            null,
            (found, status, nanos) -> {
              assertThat(nanos).isNotNegative();
              told.add((found == null ? "none" : found.templates().getFirst()) + " " + status);
            });
    for (String uri : List.of("/things/a", "/things/bad", "/things/a?x=1", "/elsewhere")) {
      api.answer(new Request("GET", uri, new DefaultHttpHeaders(), new byte[0]));
    }
    api.answer(new Request("PUT", "/things/a", new DefaultHttpHeaders(), new byte[0]));
    assertThat(told)
        .containsExactly(
            "/things/{id} 204", "/things/{id} 503", "/things/{id} 400", "none 404", "none 405");
  }

  private static Reply answer(Operation operation) {
    return answer("/things/a", "", operation);
  }

  private static Reply answer(String uri, String body, Operation operation) {
    Route route = Route.get("/things/{id}", operation).query("word", "cursor", "limit");
    Api api =
        new Api(
            new RouteTable(List.of((Resource) () -> List.of(route))), _ -> Caller.ANYBODY, null);
    return api.answer(
        new Request("GET", uri, new DefaultHttpHeaders(), body.getBytes(StandardCharsets.UTF_8)));
  }

  private static String code(Reply reply) {
    JsonNode problem = Json.parse(reply.body());
    return problem.path("code").asString();
  }
}
