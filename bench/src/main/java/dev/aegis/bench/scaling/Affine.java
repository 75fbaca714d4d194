package dev.aegis.bench.scaling;

import java.util.List;

/// Processor time of a message in one part, in microseconds: so much for itself, and so much for
/// each call, request or transaction, which it shares with others when there is much to do. That is
/// why a message costs a fraction at saturation of what it costs alone.
///
/// @param own of the message
/// @param shared of each call
record Affine(double own, double shared) {
  static final Affine NONE = new Affine(0, 0);

  /// One measurement.
  ///
  /// @param calls of a message
  /// @param micros of a message, positive
  record Observation(double calls, double micros) {}

  /// The one with the least sum of squared relative errors, neither part negative: costs are from 5
  /// to 300 µs, and the small ones are what matters at saturation.
  static Affine fit(List<Observation> observations) {
    double ones = 0;
    double calls = 0;
    double squares = 0;
    double y = 0;
    double callsY = 0;
    for (Observation each : observations) {
      double weight = 1 / (each.micros * each.micros);
      ones += weight;
      calls += weight * each.calls;
      squares += weight * each.calls * each.calls;
      y += weight * each.micros;
      callsY += weight * each.calls * each.micros;
    }
    if (ones == 0) {
      return NONE;
    }
    double onlyOwn = y / ones;
    double determinant = ones * squares - calls * calls;
    if (determinant <= 1e-12 * ones * squares) {
      return new Affine(onlyOwn, 0); // all at the same number of calls
    }
    double own = (y * squares - calls * callsY) / determinant;
    double shared = (ones * callsY - calls * y) / determinant;
    if (own < 0) {
      return new Affine(0, callsY / squares);
    }
    return shared < 0 ? new Affine(onlyOwn, 0) : new Affine(own, shared);
  }

  /// Of a message that takes part in so many calls.
  double micros(double callsOfAMessage) {
    return own + shared * callsOfAMessage;
  }
}
