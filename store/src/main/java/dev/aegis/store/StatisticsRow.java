package dev.aegis.store;

import dev.aegis.store.statistics.Counts;
import dev.aegis.store.statistics.Flow;
import dev.aegis.store.statistics.Tally;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The key of a row of `statistics`, in the order of its index.
///
/// @param startHour since 1970, UTC
/// @param key a type, agent or sender, or empty
/// @param other a recipient, or empty
record StatisticsRow(
    String organization, Dimension dimension, Width width, int startHour, String key, String other)
    implements Comparable<StatisticsRow> {
  private static final Comparator<StatisticsRow> ORDER =
      Comparator.comparing(StatisticsRow::organization)
          .thenComparing(StatisticsRow::dimension)
          .thenComparing(StatisticsRow::width)
          .thenComparingInt(StatisticsRow::startHour)
          .thenComparing(StatisticsRow::key)
          .thenComparing(StatisticsRow::other);

  /// What a row is about, by its number in the table.
  enum Dimension {
    ALL(0),
    TYPE(1),
    AGENT(2),
    PAIR(3);

    private final int code;

    Dimension(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Dimension ofCode(int code) {
      for (Dimension dimension : values()) {
        if (dimension.code == code) {
          return dimension;
        }
      }
      throw new StoreException.Rejected("statistics of an unknown dimension", null);
    }
  }

  /// How long a period is.
  enum Width {
    HOUR(1),
    DAY(24);

    private final int hours;

    Width(int hours) {
      this.hours = hours;
    }

    int hours() {
      return hours;
    }

    /// The first hour of the period that an hour is in.
    int start(int hour) {
      return hour - Math.floorMod(hour, hours);
    }
  }

  @Override
  public int compareTo(StatisticsRow other) {
    return ORDER.compare(this, other);
  }

  /// What counts of a batch add to the rows.
  ///
  /// @param organizations of agents; one that is not there has the empty one
  static SortedMap<StatisticsRow, Counts> of(Tally tally, Map<String, String> organizations) {
    SortedMap<StatisticsRow, Counts> rows = new TreeMap<>();
    tally
        .flows()
        .forEach((flow, counts) -> {
          String organization = organizations.getOrDefault(flow.recipient(), "");
          for (Width width : Width.values()) {
            add(rows, organization, width, flow, counts);
          }
        });
    return rows;
  }

  private static void add(
      Map<StatisticsRow, Counts> rows, String organization, Width width, Flow flow, Counts counts) {
    int start = width.start(flow.hour());
    String sender = stored(flow.sender());
    String recipient = stored(flow.recipient());
    Counts all = outcome(counts);
    all.sent = counts.sent;
    all.sentBytes = counts.sentBytes;
    merge(rows, new StatisticsRow(organization, Dimension.ALL, width, start, "", ""), all);
    merge(
        rows,
        new StatisticsRow(organization, Dimension.TYPE, width, start, stored(flow.type()), ""),
        all);
    merge(
        rows,
        new StatisticsRow(organization, Dimension.PAIR, width, start, sender, recipient),
        numbers(all)); // there are many: without times
    Counts to = outcome(counts);
    to.received = counts.sent;
    to.receivedBytes = counts.sentBytes;
    merge(rows, new StatisticsRow(organization, Dimension.AGENT, width, start, recipient, ""), to);
    if (counts.sent > 0) {
      Counts from = new Counts();
      from.sent = counts.sent;
      from.sentBytes = counts.sentBytes;
      merge(rows, new StatisticsRow(organization, Dimension.AGENT, width, start, sender, ""), from);
    }
  }

  private static Counts outcome(Counts counts) {
    Counts outcome = new Counts();
    outcome.add(counts);
    outcome.sent = 0;
    outcome.sentBytes = 0;
    return outcome;
  }

  private static Counts numbers(Counts counts) {
    Counts numbers = new Counts();
    numbers.numbers(counts.numbers());
    return numbers;
  }

  private static void merge(Map<StatisticsRow, Counts> rows, StatisticsRow row, Counts counts) {
    rows.computeIfAbsent(row, _ -> new Counts()).add(counts);
  }

  /// As rows of messages have it.
  private static String stored(String text) {
    return text.replace('\0', '\uFFFD');
  }
}
