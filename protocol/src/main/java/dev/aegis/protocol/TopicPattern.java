package dev.aegis.protocol;

import java.util.List;

/// Which topics a subscription is for (PROTOCOL.md 6.2): a topic in which `*` stands for any one
/// token and `>`, as the last token, for one or more.
public final class TopicPattern {
  /// Any one token.
  public static final String ONE = "*";

  /// One token or more.
  public static final String REST = ">";

  private final String text;
  private final List<String> tokens;

  private TopicPattern(String text) {
    this.text = text;
    this.tokens = List.of(text.split("\\.", -1));
  }

  /// @throws EnvelopeException the text is no pattern
  public static TopicPattern parse(String text) throws EnvelopeException {
    if (!TopicName.hasValidTokens(text, true)) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, "pattern");
    }
    return new TopicPattern(text);
  }

  public List<String> tokens() {
    return tokens;
  }

  /// Whether the topic, a valid one, is among those.
  public boolean matches(String topic) {
    int at = 0;
    for (int i = 0; i < tokens.size(); i++) {
      if (at > topic.length()) {
        return false;
      }
      String token = tokens.get(i);
      if (token.equals(REST)) {
        return true;
      }
      int dot = topic.indexOf('.', at);
      int end = dot < 0 ? topic.length() : dot;
      boolean fits =
          token.equals(ONE) || (token.length() == end - at && topic.startsWith(token, at));
      if (!fits) {
        return false;
      }
      at = end + 1;
    }
    return at == topic.length() + 1;
  }

  /// Whether there is a topic that both are for.
  public boolean overlaps(TopicPattern other) {
    for (int i = 0; ; i++) {
      boolean ended = i == tokens.size();
      boolean otherEnded = i == other.tokens.size();
      if (ended || otherEnded) {
        return ended && otherEnded;
      }
      String mine = tokens.get(i);
      String theirs = other.tokens.get(i);
      if (mine.equals(REST) || theirs.equals(REST)) {
        return true;
      }
      if (!mine.equals(theirs) && !mine.equals(ONE) && !theirs.equals(ONE)) {
        return false;
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TopicPattern that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /// The pattern as it was written.
  @Override
  public String toString() {
    return text;
  }
}
