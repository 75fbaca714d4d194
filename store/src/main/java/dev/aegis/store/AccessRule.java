package dev.aegis.store;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Agents of one organization may send to those of another.
///
/// @param type the only type of message, or null for any
public record AccessRule(
    UUID id,
    String fromOrganization,
    String toOrganization,
    @Nullable String type,
    long createdAtMillis) {}
