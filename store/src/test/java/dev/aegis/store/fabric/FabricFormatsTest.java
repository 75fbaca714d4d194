package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Priority;
import dev.aegis.store.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What lies in Redis, as it was when it was first released: today's code reads it, and writes the
/// same.
class FabricFormatsTest {
  private static final Seals.Header HEADER = new Seals.Header(7, 42);

  @Test
  void headersAndWhatSealsAreBoundTo() throws Exception {
    Golden.assertWritten("entry-header", HEADER.bytes());
    assertThat(Seals.Header.read(Golden.read("entry-header"))).isEqualTo(Optional.of(HEADER));
    Seals seals = new Seals("test");
    Golden.assertWritten("entry-bound", seals.inbox(8, Priority.HIGH, HEADER));
    Golden.assertWritten("channel-bound", seals.channel("topics:default", HEADER));
  }

  @Test
  void anEntryOfALaterVersionIsPassedOver() throws Exception {
    byte[] later = Golden.read("entry-header");
    later[0]++;
    assertThat(Seals.Header.read(later)).isEmpty();
  }

  @Test
  void flightsInAnEntry() throws Exception {
    List<byte[]> flights = List.of(bytes("one"), bytes("another"));
    Flights plain = new Flights();
    flights.forEach(plain::append);
    Golden.assertWritten("entry-flights", Arrays.copyOf(plain.array(), plain.size()));
    assertThat(Flights.read(Golden.read("entry-flights"))).containsExactlyElementsOf(flights);
  }

  @Test
  void whoHasAnAgent() throws Exception {
    Holder holder = new Holder(7, 42);
    Golden.assertWritten("presence", RedisPresence.value(holder));
    assertThat(RedisPresence.holder(Golden.read("presence"))).contains(holder);
    assertThat(RedisPresence.holder(bytes("something else"))).isEmpty();
  }

  @Test
  void namesOfKeys() throws Exception {
    RedisKeys keys = new RedisKeys("test");
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    for (byte[] inbox : keys.inboxes(7)) {
      line(names, inbox);
    }
    line(names, keys.agent("alice"));
    line(names, keys.topic("topics:default"));
    Golden.assertWritten("keys", names.toByteArray());
  }

  private static void line(ByteArrayOutputStream out, byte[] name) throws IOException {
    out.write(name);
    out.write('\n');
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
