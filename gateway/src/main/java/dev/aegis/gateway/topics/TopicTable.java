package dev.aegis.gateway.topics;

import dev.aegis.protocol.TopicPattern;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// All subscriptions of a gateway, found by topic: a trie of pattern tokens for each organization,
/// with `*` and `>` as tokens like others. Any thread.
///
/// Reading takes no lock: it looks up at most three tokens at each level, and sees arrays that
/// never change. Changes of one organization wait for each other. A subscription that is added
/// while a message is matched may or may not get it.
public final class TopicTable {
  private static final Subscription[] NONE = {};

  private final ConcurrentHashMap<String, Node> organizations = new ConcurrentHashMap<>();
  private final AtomicInteger size = new AtomicInteger();
  private final int max;
  private final TopicFabric fabric;

  private static final class Node {
    final ConcurrentHashMap<String, Node> children = new ConcurrentHashMap<>(2);
    volatile Subscription[] here = NONE;

    boolean isEmpty() {
      return here.length == 0 && children.isEmpty();
    }
  }

  /// @param max most subscriptions
  /// @param fabric told of the first and the last one under each pattern
  public TopicTable(int max, TopicFabric fabric) {
    this.max = max;
    this.fabric = fabric;
  }

  /// @return false at the bound; then nothing was added
  public boolean offer(Subscription subscription) {
    if (size.incrementAndGet() > max) {
      size.decrementAndGet();
      return false;
    }
    insert(subscription);
    return true;
  }

  /// Adds one that was promised before, whatever the bound is now.
  void restore(Subscription subscription) {
    size.incrementAndGet();
    insert(subscription);
  }

  private void insert(Subscription subscription) {
    organizations.compute(
        subscription.organization(), (_, node) -> inserted(node, subscription, 0));
  }

  private Node inserted(@Nullable Node found, Subscription subscription, int depth) {
    Node node = found == null ? new Node() : found;
    List<String> tokens = subscription.pattern().tokens();
    if (depth < tokens.size()) {
      node.children.compute(
          tokens.get(depth), (_, child) -> inserted(child, subscription, depth + 1));
      return node;
    }
    Subscription[] before = node.here;
    Subscription[] after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = subscription;
    node.here = after;
    if (before.length == 0) {
      fabric.subscribed(subscription.organization(), subscription.pattern());
    }
    if (subscription.group() != null) {
      fabric.joined(subscription);
    }
    return node;
  }

  /// Takes one out; nothing happens where there is none like it.
  public void remove(Subscription subscription) {
    organizations.computeIfPresent(
        subscription.organization(), (_, node) -> removed(node, subscription, 0));
  }

  private @Nullable Node removed(Node node, Subscription subscription, int depth) {
    List<String> tokens = subscription.pattern().tokens();
    if (depth < tokens.size()) {
      node.children.computeIfPresent(
          tokens.get(depth), (_, child) -> removed(child, subscription, depth + 1));
    } else {
      take(node, subscription);
    }
    return node.isEmpty() ? null : node;
  }

  private void take(Node node, Subscription subscription) {
    Subscription[] before = node.here;
    int at = Arrays.asList(before).indexOf(subscription);
    if (at < 0) {
      return;
    }
    Subscription[] after = Arrays.copyOf(before, before.length - 1);
    System.arraycopy(before, at + 1, after, at, after.length - at);
    node.here = after;
    size.decrementAndGet();
    if (subscription.group() != null) {
      fabric.left(subscription);
    }
    if (after.length == 0) {
      fabric.unsubscribed(subscription.organization(), subscription.pattern());
    }
  }

  /// Gives those whose pattern is for the topic, whatever their filter says.
  ///
  /// @param topic a valid name
  public void match(String organization, String topic, Consumer<? super Subscription> into) {
    Node root = organizations.get(organization);
    if (root != null) {
      match(root, topic, 0, into);
    }
  }

  private static void match(
      Node node, String topic, int from, Consumer<? super Subscription> into) {
    if (from > topic.length()) {
      give(node, into);
      return;
    }
    Node rest = node.children.get(TopicPattern.REST);
    if (rest != null) {
      give(rest, into);
    }
    int dot = topic.indexOf('.', from);
    int end = dot < 0 ? topic.length() : dot;
    Node one = node.children.get(TopicPattern.ONE);
    if (one != null) {
      match(one, topic, end + 1, into);
    }
    Node exact = node.children.get(topic.substring(from, end));
    if (exact != null) {
      match(exact, topic, end + 1, into);
    }
  }

  private static void give(Node node, Consumer<? super Subscription> into) {
    for (Subscription subscription : node.here) {
      into.accept(subscription);
    }
  }

  public int size() {
    return size.get();
  }
}
