package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PostgresBinariesTest {
  /// Gateways that share the directory and start together for the first time.
  @Test
  void isUnpackedOnceWhereTwoBeginTogether(@TempDir Path parent) throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    Callable<Path> unpack =
        () -> {
          together.await();
          return PostgresBinaries.unpack(parent);
        };
    try (var threads = Executors.newFixedThreadPool(2)) {
      Future<Path> one = threads.submit(unpack);
      Future<Path> other = threads.submit(unpack);

      assertThat(one.get()).isEqualTo(other.get()).isDirectoryContaining("glob:**/bin");
    }
    try (Stream<Path> left = Files.list(parent)) {
      assertThat(left).as("no draft is left").hasSize(1);
    }
  }
}
