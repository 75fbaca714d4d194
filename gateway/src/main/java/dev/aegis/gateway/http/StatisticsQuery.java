package dev.aegis.gateway.http;

import dev.aegis.store.StatisticsStore;
import dev.aegis.store.statistics.Tally;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which statistics are asked for.
///
/// @param series whether each period is shown, not the whole range
/// @param key a type or an agent, or null for all
record StatisticsQuery(
    @Nullable String organization,
    StatisticsStore.Range range,
    boolean series,
    StatisticsStore.Group group,
    @Nullable String key,
    Page page) {
  static final String[] PARAMETERS = {
    "from", "to", "period", "group", "agent_id", "message_type", "limit", "cursor"
  };

  private static final Duration DEFAULT_RANGE = Duration.ofDays(1);

  /// Without a period, longer ranges are counted by whole days.
  private static final Duration LONGEST_BY_HOUR = Duration.ofDays(2);

  private static final int MOST_PERIODS = 1_000;
  private static final int HOUR_MILLIS = 3_600_000;
  private static final Instant LAST = Instant.parse("9998-12-31T23:59:59Z");

  /// The start, the organization, the key, which is any text where it is a type.
  private static final Pattern CURSOR = Pattern.compile("(\\d{1,9}) (\\S*) (.*)", Pattern.DOTALL);

  static StatisticsQuery of(Call call, InstantSource clock) throws ProblemException {
    String period = call.parameter("period");
    if (period != null && !period.equals("hour") && !period.equals("day")) {
      throw ProblemException.invalid("period: hour or day");
    }
    String agent = call.parameter("agent_id");
    String type = call.parameter("message_type");
    if (agent != null && type != null) {
      throw ProblemException.invalid(
          "agent_id or message_type, one of the two: messages are not counted by both at once");
    }
    StatisticsStore.Group group = group(call.parameter("group"), agent, type);
    return new StatisticsQuery(
        organization(call),
        range(call, period, clock),
        period != null,
        group,
        agent != null ? agent : type,
        Page.of(call));
  }

  static @Nullable String organization(Call call) {
    String own = call.caller().organization();
    return own != null ? own : call.parameter("organization");
  }

  private static StatisticsStore.Group group(
      @Nullable String text, @Nullable String agent, @Nullable String type)
      throws ProblemException {
    String named = agent != null ? "agent" : type != null ? "type" : null;
    if (named != null && text != null && !text.equals(named)) {
      throw ProblemException.invalid("group: " + named + ", or nothing, where one is named");
    }
    String group = named != null ? named : text == null ? "organization" : text;
    return switch (group) {
      case "organization" -> StatisticsStore.Group.ORGANIZATION;
      case "agent" -> StatisticsStore.Group.AGENT;
      case "type" -> StatisticsStore.Group.TYPE;
      default -> throw ProblemException.invalid("group: organization, agent or type");
    };
  }

  /// Whole periods around `from` and `to`.
  static StatisticsStore.Range range(Call call, @Nullable String period, InstantSource clock)
      throws ProblemException {
    String till = call.parameter("to");
    String since = call.parameter("from");
    Instant to = till == null ? clock.instant() : within(Fields.time("to", till));
    Instant from = since == null ? to.minus(DEFAULT_RANGE) : within(Fields.time("from", since));
    if (!from.isBefore(to)) {
      throw ProblemException.invalid("from must be before to");
    }
    boolean days =
        period == null
            ? Duration.between(from, to).compareTo(LONGEST_BY_HOUR) > 0
            : period.equals("day");
    StatisticsStore.Range range =
        StatisticsStore.Range.around(hour(from), hour(to.plusMillis(HOUR_MILLIS - 1)), days);
    if (range.periods() > MOST_PERIODS) {
      throw ProblemException.invalid(
          "from and to: up to " + MOST_PERIODS + (days ? " days" : " hours; period=day has more"));
    }
    return range;
  }

  private static int hour(Instant at) {
    return Tally.hourOf(at.toEpochMilli());
  }

  private static Instant within(Instant at) {
    return at.isBefore(Instant.EPOCH) ? Instant.EPOCH : at.isAfter(LAST) ? LAST : at;
  }

  StatisticsStore.@Nullable After after() throws ProblemException {
    String after = page.after();
    if (after == null) {
      return null;
    }
    Matcher parts = CURSOR.matcher(after);
    if (!parts.matches()) {
      throw Page.invalidCursor();
    }
    return new StatisticsStore.After(
        Integer.parseInt(parts.group(1)), parts.group(3), parts.group(2));
  }

  static String text(StatisticsStore.Figure figure) {
    return figure.startHour() + " " + figure.organization() + " " + figure.key();
  }
}
