package dev.aegis.gateway.net;

import dev.aegis.gateway.session.AgentDirectory;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.ServerHandshake;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/// What every connection of a gateway shares.
record Edge(
    NetSettings settings,
    TlsContext tls,
    ServerHandshake.Config handshake,
    AgentDirectory directory,
    Sessions sessions,
    SessionListener listener,
    Executor handshakePool,
    SecureRandom random,
    InstantSource clock,
    FailureRates failures,
    NetCounters counters,
    HttpApi api) {}
