package dev.aegis.gateway.session;

/// What the gateway knows of an agent that proved its key.
public record AgentAdmission(String organization, boolean signingRequired) {}
