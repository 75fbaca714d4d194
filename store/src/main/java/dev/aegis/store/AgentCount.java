package dev.aegis.store;

/// How many agents have this status and are in this state.
public record AgentCount(AgentStatus status, LiveState state, long agents) {}
