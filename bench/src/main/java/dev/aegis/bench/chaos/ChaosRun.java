package dev.aegis.bench.chaos;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/// One crash test: load and kills by the schedule, then peace until everything has arrived, then
/// the comparison. Use once, by one thread.
final class ChaosRun {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /// As many seconds' messages have to get through between kills.
  private static final double FLOWING_SECONDS = 0.5;

  /// How long a run goes on at most until everything was killed once.
  private static final long FIRST_ROUND_NANOS = TimeUnit.MINUTES.toNanos(3);

  /// How long a kill waits at most for messages to get through.
  private static final long DRY_NANOS = TimeUnit.SECONDS.toNanos(30);

  /// How long nothing may happen before what is missing counts as lost.
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(90);

  /// The end of all waiting, whatever still happens.
  private static final long SETTLE_NANOS = TimeUnit.MINUTES.toNanos(10);

  /// How long nothing must happen before everything has happened: what is delivered again comes
  /// within.
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final ChaosPlan plan;
  private final Processes processes;
  private final LedgerFiles files;
  private final KillSchedule schedule;
  private final PrintWriter progress;
  private final Map<Victim, Long> kills = new EnumMap<>(Victim.class);
  private long beganNanos = System.nanoTime();
  private long toldSecond;
  private long seenEntries;
  private long movedNanos = beganNanos;
  private KillSchedule.Kill next;
  private long lastKillNanos = beganNanos;
  private Ledger.Verdict lastKill;

  /// What a run came to.
  ///
  /// @param connectionsCut how many connections were cut, by how
  /// @param unexpectedEnds processes that ended and had not been killed, with how
  /// @param settled whether every sender came to know the outcome of all it had begun, and all
  ///   processes ended in order
  record Outcome(
      Ledger.Verdict verdict,
      Map<Victim, Long> kills,
      Map<Cut, Long> connectionsCut,
      List<String> unexpectedEnds,
      boolean settled,
      double seconds) {
    Outcome {
      kills = Map.copyOf(kills);
      connectionsCut = Map.copyOf(connectionsCut);
      unexpectedEnds = List.copyOf(unexpectedEnds);
    }

    boolean isGood() {
      return verdict.isKept() && settled && unexpectedEnds.isEmpty();
    }
  }

  ChaosRun(ChaosPlan plan, Processes processes, PrintWriter progress) {
    this.plan = plan;
    this.processes = processes;
    this.files = processes.ledgers();
    this.schedule = plan.schedule();
    this.next = schedule.next();
    this.lastKill = files.ledger().verdict();
    this.progress = progress;
    plan.victims().keySet().forEach(victim -> kills.put(victim, 0L));
  }

  Outcome execute() throws IOException, InterruptedException {
    warmUp();
    long until = beganNanos + (long) (plan.seconds() * 1e9);
    long latest = until + FIRST_ROUND_NANOS;
    for (long now = beganNanos;
        now - until < 0 || (kills.containsValue(0L) && now - latest < 0);
        now = step("chaos")) {
      if (isDue(now)) {
        Optional<String> what = processes.kill(next, now);
        if (what.isPresent()) {
          killed(what.get(), now);
        }
      }
    }
    double seconds = (System.nanoTime() - beganNanos) / 1e9;
    boolean settled = settle();
    Ledger.Verdict verdict = files.readAll().verdict();
    return new Outcome(
        verdict, kills, processes.connectionsCut(), unexpectedEnds(), settled, seconds);
  }

  private void killed(String what, long nowNanos) {
    progress.printf("%6.1f s  %s %s%n", (nowNanos - beganNanos) / 1e9, next.victim().label(), what);
    progress.flush();
    kills.merge(next.victim(), 1L, Long::sum);
    lastKillNanos = nowNanos;
    lastKill = files.ledger().verdict();
    next = schedule.next();
  }

  /// Until every process takes part.
  private void warmUp() throws IOException {
    while (!files.allBegun()) {
      long now = step("warm-up");
      if (now - beganNanos >= STUCK_NANOS) {
        throw new IOException("not every process got to send or to receive anything");
      }
    }
    beganNanos = System.nanoTime();
    lastKillNanos = beganNanos;
    toldSecond = 0;
  }

  /// As scheduled; but where a kill had to wait, those behind it keep their distance. All but hasty
  /// ones wait until messages get through again, so that there is something for them to break.
  private boolean isDue(long nowNanos) {
    long scheduled = beganNanos + TimeUnit.MILLISECONDS.toNanos(next.atMillis());
    long spaced = lastKillNanos + TimeUnit.MILLISECONDS.toNanos(plan.minPauseMillis());
    if (nowNanos - scheduled < 0 || nowNanos - spaced < 0) {
      return false;
    }
    Ledger.Verdict now = files.ledger().verdict();
    double enough = plan.perSecond() * FLOWING_SECONDS;
    boolean flowing =
        now.promised() - lastKill.promised() >= enough
            && now.handled() - lastKill.handled() >= enough;
    return flowing || next.hasty() || nowNanos - lastKillNanos >= DRY_NANOS;
  }

  /// Senders first, for receivers have to be there for them, and the gateways for both.
  private boolean settle() throws IOException, InterruptedException {
    processes.hurry(System.nanoTime());
    movedNanos = System.nanoTime();
    List<Supervised> senders = processes.agents(Victim.SENDER);
    List<Supervised> receivers = processes.agents(Victim.RECEIVER);
    boolean settled = drained(senders) && quiet() && drained(receivers);
    return processes.stopServers() && settled;
  }

  private boolean drained(List<Supervised> agents) throws IOException {
    long giveUp = System.nanoTime() + SETTLE_NANOS;
    boolean[] told = new boolean[agents.size()];
    while (!agents.stream().allMatch(Supervised::isEnded)) {
      long now = step("settling");
      for (int i = 0; i < told.length; i++) {
        told[i] = told[i] || agents.get(i).drain(AgentMain.DRAIN);
      }
      if (now - giveUp >= 0 || now - movedNanos >= STUCK_NANOS) {
        return false;
      }
    }
    return true;
  }

  private boolean quiet() throws IOException {
    long giveUp = System.nanoTime() + SETTLE_NANOS;
    while (true) {
      long now = step("settling");
      boolean arrived = files.ledger().verdict().lost() == 0;
      if (now - movedNanos >= (arrived ? QUIET_NANOS : STUCK_NANOS)) {
        return true; // the comparison tells what is missing
      }
      if (now - giveUp >= 0) {
        return false;
      }
    }
  }

  /// Lets a moment pass, keeps processes running and tells how it goes.
  private long step(String phase) throws IOException {
    LockSupport.parkNanos(POLL_NANOS);
    long now = System.nanoTime();
    processes.tick(now);
    Ledger ledger = files.readOn();
    if (ledger.entries() != seenEntries) {
      seenEntries = ledger.entries();
      movedNanos = now;
    }
    long second = TimeUnit.NANOSECONDS.toSeconds(now - beganNanos);
    if (second > toldSecond) {
      toldSecond = second;
      Ledger.Verdict verdict = ledger.verdict();
      progress.printf(
          "%4d s  %s  kills %d (%s)  promised %d  handled %d  outstanding %d%n",
          second,
          phase,
          kills.values().stream().mapToLong(Long::longValue).sum(),
          kills.entrySet().stream()
              .map(kind -> kind.getKey().label() + " " + kind.getValue())
              .collect(Collectors.joining(", ")),
          verdict.promised(),
          verdict.handled(),
          verdict.lost());
      progress.flush();
    }
    return now;
  }

  private List<String> unexpectedEnds() {
    return processes.all().stream()
        .filter(process -> process.unexpectedEnds() > 0)
        .map(process ->
            process.name() + ": " + process.unexpectedEnds() + " times, last " + process.lastEnd())
        .toList();
  }
}
