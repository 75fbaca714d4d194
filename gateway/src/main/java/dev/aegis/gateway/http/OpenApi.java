package dev.aegis.gateway.http;

/// The OpenAPI document, for whoever checks calls against it.
public final class OpenApi {
  private OpenApi() {}

  public static String json() {
    return Json.write(OpenApiResource.load());
  }
}
