package dev.aegis.client;

import java.time.Duration;
import java.util.function.Consumer;

/// How long a request waits for its response. Immutable; `with…` gives a changed copy.
///
/// @param total however much progress is told, the request fails after it
/// @param idle the request fails when neither progress nor a response came for so long
/// @param onProgress told of progress, on the client's event loop: it must not block
public record RequestOptions(Duration total, Duration idle, Consumer<RequestProgress> onProgress) {
  public RequestOptions {
    if (!idle.isPositive() || idle.compareTo(total) > 0) {
      throw new IllegalArgumentException("deadlines must be 0 < idle <= total");
    }
  }

  /// Waits that long, whether progress is told or not.
  public static RequestOptions within(Duration total) {
    return new RequestOptions(total, total, _ -> {});
  }

  public RequestOptions withIdle(Duration value) {
    return new RequestOptions(total, value, onProgress);
  }

  public RequestOptions withProgress(Consumer<RequestProgress> value) {
    return new RequestOptions(total, idle, value);
  }
}
