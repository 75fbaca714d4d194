package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.atlassian.oai.validator.OpenApiInteractionValidator;
import com.atlassian.oai.validator.model.Request;
import com.atlassian.oai.validator.model.SimpleRequest;
import com.atlassian.oai.validator.model.SimpleResponse;
import com.atlassian.oai.validator.report.LevelResolver;
import com.atlassian.oai.validator.report.ValidationReport;
import dev.aegis.gateway.http.Json;
import dev.aegis.gateway.http.OpenApi;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Holds the REST calls of all tests against the OpenAPI document: every response must be as it
/// says, and a request that was carried out must be one that it allows. What each operation was
/// answered with is kept in `target/contract`, so that the build can tell which was never carried
/// out.
final class Contract {
  private static final OpenApiInteractionValidator VALIDATOR =
      OpenApiInteractionValidator.createForInlineApiSpecification(OpenApi.json())
          .withLevelResolver(
              LevelResolver.create()
                  // It takes a parameter that may come more than once for JSON.
                  .withLevel(
                      "validation.request.parameter.schema.invalidJson",
                      ValidationReport.Level.IGNORE)
                  .build())
          .build();

  private static final Answers ANSWERS = new Answers(Path.of("target", "contract"));

  private Contract() {}

  static void check(
      String method,
      String pathAndQuery,
      Map<String, String> headers,
      @Nullable String body,
      HttpResponse<String> reply) {
    URI uri = URI.create(pathAndQuery);
    if (method.equals("HEAD") || method.equals("OPTIONS")) {
      return; // they are HTTP's, and not the document's
    }
    SimpleResponse.Builder response = SimpleResponse.Builder.status(reply.statusCode());
    HttpHeaders answered = reply.headers();
    answered.map().forEach((name, values) -> response.withHeader(name, values));
    if (!reply.body().isEmpty()) {
      response.withBody(reply.body());
    }
    ValidationReport report =
        VALIDATOR.validateResponse(
            uri.getRawPath(), Request.Method.valueOf(method), response.build());
    if (isUndocumented(report)) {
      assertThat(reply.statusCode())
          .as("%s %s is not in the document", method, uri)
          .isIn(400, 404, 405, 413, 414, 431);
      assertThat(Json.parse(reply.body()).path("code").asString()).isNotEmpty();
      return;
    }
    ANSWERS.add(method, uri.getPath(), reply.statusCode());
    assertThat(errors(report))
        .as("response to %s %s: %s", method, pathAndQuery, reply.body())
        .isEmpty();
    if (reply.statusCode() < 400) {
      assertThat(errors(VALIDATOR.validateRequest(request(method, uri, headers, body))))
          .as("request %s %s %s", method, pathAndQuery, body)
          .isEmpty();
    }
  }

  /// An answer that is read as it comes, and not held against the document.
  static void streamed(String method, URI uri, int status) {
    ANSWERS.add(method, uri.getPath(), status);
  }

  private static List<ValidationReport.Message> errors(ValidationReport report) {
    return report.getMessages().stream()
        .filter(message -> message.getLevel() != ValidationReport.Level.IGNORE)
        .toList();
  }

  private static Request request(
      String method, URI uri, Map<String, String> headers, @Nullable String body) {
    SimpleRequest.Builder request = new SimpleRequest.Builder(method, uri.getRawPath());
    headers.forEach(request::withHeader);
    request.withHeader("Authorization", "Bearer key");
    String query = uri.getRawQuery();
    if (query != null) {
      Map<String, String> first = new LinkedHashMap<>(); // it does not know of more than one
      for (String pair : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        first.putIfAbsent(
            decoded(equals < 0 ? pair : pair.substring(0, equals)),
            equals < 0 ? "" : decoded(pair.substring(equals + 1)));
      }
      first.forEach(request::withQueryParam);
    }
    if (!method.equals("GET")) {
      request.withContentType("application/json"); // which is what none stands for
    }
    if (body != null && !body.isEmpty()) {
      request.withBody(body);
    }
    return request.build();
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static boolean isUndocumented(ValidationReport report) {
    return report.getMessages().stream()
        .map(ValidationReport.Message::getKey)
        .anyMatch(key ->
            key.equals("validation.request.path.missing")
                || key.equals("validation.request.operation.notAllowed"));
  }
}
