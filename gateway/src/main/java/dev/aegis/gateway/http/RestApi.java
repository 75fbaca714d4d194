package dev.aegis.gateway.http;

import dev.aegis.gateway.net.HttpApi;
import dev.aegis.gateway.poll.PollSessions;
import dev.aegis.gateway.router.AuditLog;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Connected;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ApiKeyStore;
import dev.aegis.store.MessageStore;
import dev.aegis.store.ResultStore;
import io.netty.channel.ChannelHandler;
import java.time.InstantSource;
import java.util.List;

/// The REST API of the TLS port. Callers show an API key.
public final class RestApi implements HttpApi {
  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;

  private final Api api;

  public RestApi(
      Router router,
      Connected connected,
      AgentStore agents,
      ApiKeyStore keys,
      MessageStore messages,
      ResultStore results,
      PollSessions polls,
      AuditLog auditLog,
      Idempotency idempotency,
      InstantSource clock) {
    Audit audit = new Audit(auditLog);
    this.api =
        new Api(
            new RouteTable(
                List.of(
                    new AgentStatusResource(connected, agents, messages),
                    new SendingResource(router, clock),
                    new MailboxResource(polls, agents, messages, results),
                    new StoredMessagesResource(
                        "/api/v1", router, agents, messages, results, audit, clock))),
            new KeyCheck(keys),
            idempotency);
  }

  @Override
  public int maxBodyBytes() {
    return MAX_BODY_BYTES;
  }

  @Override
  public ChannelHandler newHandler() {
    return new HttpHandler(api);
  }
}
