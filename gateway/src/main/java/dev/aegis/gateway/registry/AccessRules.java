package dev.aegis.gateway.registry;

import dev.aegis.gateway.admission.Authorization;
import dev.aegis.store.AccessRule;
import dev.aegis.store.AccessRuleStore;
import dev.aegis.store.StoreException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The rules between organizations, in memory as in the database: a change counts here at once, and
/// at other nodes within [#tick]'s pace. Thread-safe; blocking.
public final class AccessRules {
  private static final Logger log = LoggerFactory.getLogger(AccessRules.class);
  private static final int PAGE = 1_000;

  private final AccessRuleStore store;
  private final Authorization authorization;

  /// Reads the rules.
  public AccessRules(AccessRuleStore store, Authorization authorization) {
    this.store = store;
    this.authorization = authorization;
    load();
  }

  /// @return empty where there is one that says the same
  public Optional<AccessRule> add(UUID id, String from, String to, @Nullable String type) {
    Optional<AccessRule> added = store.add(id, from, to, type);
    load();
    return added;
  }

  public boolean remove(UUID id, @Nullable String to) {
    boolean removed = store.remove(id, to);
    load();
    return removed;
  }

  public List<AccessRule> list(@Nullable String to, @Nullable UUID after, int limit) {
    return store.list(to, after, limit);
  }

  /// Reads the rules again. Now and then.
  public void tick() {
    try {
      load();
    } catch (StoreException e) {
      log.debug("the rules stay as they were: {}", e.getMessage());
    }
  }

  private synchronized void load() {
    Set<Authorization.Rule> rules = new HashSet<>();
    List<AccessRule> page;
    UUID after = null;
    do {
      page = store.list(null, after, PAGE);
      for (AccessRule rule : page) {
        rules.add(
            new Authorization.Rule(rule.fromOrganization(), rule.toOrganization(), rule.type()));
        after = rule.id();
      }
    } while (page.size() == PAGE);
    authorization.allow(rules);
  }
}
