package dev.aegis.store.audit;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How long an organization's trail, and its settled messages, are kept.
public enum Retention {
  DAYS_30(30),
  DAYS_90(90),
  DAYS_365(365),
  FOREVER(0);

  private final int days;

  Retention(int days) {
    this.days = days;
  }

  /// The number in tables and formats: days, 0 for ever.
  public int code() {
    return days;
  }

  public String label() {
    return this == FOREVER ? "forever" : Integer.toString(days);
  }

  /// How long that is, or null for ever.
  public @Nullable Duration time() {
    return this == FOREVER ? null : Duration.ofDays(days);
  }

  public static @Nullable Retention ofLabel(String label) {
    for (Retention retention : values()) {
      if (retention.label().equals(label)) {
        return retention;
      }
    }
    return null;
  }

  /// @throws IllegalArgumentException there is none
  public static Retention ofCode(int code) {
    for (Retention retention : values()) {
      if (retention.days == code) {
        return retention;
      }
    }
    throw new IllegalArgumentException("no retention has the code " + code);
  }

  /// Everything since then is there still: the beginning of a [#unit], in Unix milliseconds.
  public long keptFrom(long nowMillis) {
    return this == FOREVER ? 0 : millis(unit(nowMillis - Duration.ofDays(days).toMillis()));
  }

  /// The first day of the part that a moment is in. What is kept is dropped in such parts: days,
  /// months, or years.
  public LocalDate unit(long atMillis) {
    LocalDate day = Instant.ofEpochMilli(atMillis).atZone(ZoneOffset.UTC).toLocalDate();
    return switch (this) {
      case DAYS_30, DAYS_90 -> day;
      case DAYS_365 -> day.withDayOfMonth(1);
      case FOREVER -> day.with(TemporalAdjusters.firstDayOfYear());
    };
  }

  /// The part behind one.
  public LocalDate next(LocalDate unit) {
    return switch (this) {
      case DAYS_30, DAYS_90 -> unit.plusDays(1);
      case DAYS_365 -> unit.plusMonths(1);
      case FOREVER -> unit.plusYears(1);
    };
  }

  public static long millis(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }

  /// All of them, as people write them.
  public static List<String> labels() {
    return List.of(DAYS_30.label(), DAYS_90.label(), DAYS_365.label(), FOREVER.label());
  }
}
