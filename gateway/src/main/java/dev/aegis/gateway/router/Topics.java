package dev.aegis.gateway.router;

import dev.aegis.gateway.topics.DurableSubscriptions;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.gateway.topics.TopicTable;

/// What topics share. Everything in it is thread-safe.
///
/// @param changes what blocks on the store for durable subscriptions, one at a time, so that memory
///   follows the rows
record Topics(
    TopicBounds bounds,
    TopicTable table,
    DurableSubscriptions durable,
    StoreReads changes,
    TopicFabric fabric,
    TopicCounters counters) {}
