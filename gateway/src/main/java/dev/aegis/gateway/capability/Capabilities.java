package dev.aegis.gateway.capability;

import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.store.AbleAgent;
import dev.aegis.store.Mailboxes;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Who may be chosen for what, and how busy each is. Any thread; never blocks.
///
/// The load of an agent whose mailbox is here is exact: what lies in it and is not finished, and
/// what is on its way into it. Of one whose mailbox is at another node it is what the rows said
/// when they were read last, and what this node has sent it since the time before: work that other
/// nodes have given it in that second or two is not in it.
public final class Capabilities {
  private final Mailboxes mailboxes;
  private final RandomGenerator random;
  private volatile CandidateIndex index = CandidateIndex.EMPTY;
  private volatile boolean known;

  /// Messages on their way into the mailbox of an agent.
  private final Map<String, Integer> underWay = new ConcurrentHashMap<>();

  /// What agents of other nodes were sent since the rows were read last, and before that.
  private volatile Map<String, Integer> sent = new ConcurrentHashMap<>();

  private volatile Map<String, Integer> sentBefore = Map.of();

  /// @param random of any thread
  public Capabilities(Mailboxes mailboxes, RandomGenerator random) {
    this.mailboxes = mailboxes;
    this.random = random;
  }

  /// From now on these are there. One thread.
  public void update(Collection<AbleAgent> able) {
    index = new CandidateIndex(able.stream().map(Candidate::of).toList());
    known = true;
    sentBefore = sent;
    sent = new ConcurrentHashMap<>();
  }

  /// Whether it was told who is there, which a gateway is a moment after it has started.
  public boolean known() {
    return known;
  }

  /// How many there are.
  public int size() {
    return index.size();
  }

  /// Whether there is one that meets this, however busy it is.
  public boolean any(String organization, CapabilityAddress wanted) {
    return index.perhaps(organization, wanted).stream().anyMatch(each -> each.meets(wanted));
  }

  /// The less loaded of two random ones that meet this.
  ///
  /// @param fits what else counts
  /// @return null where there is none
  public @Nullable Candidate choose(
      String organization, CapabilityAddress wanted, Predicate<Candidate> fits) {
    return Choice.among(
        index.perhaps(organization, wanted),
        each -> each.meets(wanted) && fits.test(each),
        this::load,
        random);
  }

  /// As above, but for these agents, which have had it.
  public @Nullable Candidate chooseAnother(
      String organization, CapabilityAddress wanted, Set<String> had, Predicate<Candidate> fits) {
    return choose(organization, wanted, each -> !had.contains(each.id()) && fits.test(each));
  }

  /// What lies in its mailbox and is on its way there, as far as that is known: where the mailbox
  /// is elsewhere, what was sent in the last moment may be counted twice.
  public Mailboxes.Depth waiting(Candidate candidate) {
    String id = candidate.id();
    int coming = underWay.getOrDefault(id, 0);
    if (mailboxes.owns(id)) {
      Mailboxes.Depth there = mailboxes.depth(id);
      return new Mailboxes.Depth(
          there.epoch(), there.nextSequence(), there.messages() + coming, there.bytes());
    }
    int sentLately = sent.getOrDefault(id, 0) + sentBefore.getOrDefault(id, 0);
    return new Mailboxes.Depth(0, 1, candidate.open() + coming + sentLately, candidate.openBytes());
  }

  private long load(Candidate candidate) {
    return waiting(candidate).messages();
  }

  /// A message is on its way to the agent's mailbox.
  public void sending(String agent) {
    underWay.merge(agent, 1, Integer::sum);
  }

  /// It is there, or will not be.
  ///
  /// @param stored whether it is there
  public void sent(String agent, boolean stored) {
    underWay.computeIfPresent(agent, (_, count) -> count > 1 ? count - 1 : null);
    if (stored && !mailboxes.owns(agent)) {
      sent.merge(agent, 1, Integer::sum);
    }
  }
}
