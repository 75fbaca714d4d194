package dev.aegis.gateway.net;

/// The names of all handlers of a connection, in pipeline order.
public final class HandlerNames {
  public static final String SOCKET = "socket";
  public static final String TLS = "tls";
  public static final String HTTP = "http";
  public static final String DEADLINE = "deadline";
  public static final String ROUTE = "route";
  public static final String BODY = "body";
  public static final String API = "api";
  public static final String WS_ENCODER = "wsencoder";
  public static final String BUDGET = "budget";
  public static final String WS_DECODER = "wsdecoder";
  public static final String AGGREGATOR = "aggregator";
  public static final String FRAME = "frame";
  public static final String IDLE = "idle";
  public static final String HANDSHAKE = "handshake";
  public static final String RECORD = "record";
  public static final String FAILURE = "failure";

  private HandlerNames() {}
}
