package dev.aegis.gateway.telemetry;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.system.DiskSpaceMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Supplier;

/// The metrics of the process and of what a gateway was started with. Names that Prometheus does
/// not want, or has others for, are left out.
final class ProcessMetrics {
  private ProcessMetrics() {}

  /// Before any meter is registered.
  static void filter(MeterRegistry registry) {
    registry
        .config()
        .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"))
        .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"));
  }

  /// @param started of this gateway; a node that was shut out of its cluster starts anew within its
  ///   process
  /// @param certificateEnd of the TLS certificate in use
  static void bind(
      MeterRegistry registry,
      String version,
      Instant started,
      Supplier<Instant> certificateEnd,
      Path dataDir) {
    Gauge.builder("aegis.build.info", () -> 1)
        .description("Always 1; says which version this is")
        .tag("version", version)
        .register(registry);
    Gauge.builder("aegis.start.time", () -> started.toEpochMilli() / 1e3)
        .description("When this gateway started, as Unix time; it may start anew in its process")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder("aegis.tls.certificate.end.time", () -> certificateEnd.get().toEpochMilli() / 1e3)
        .description("When the TLS certificate in use ends, as Unix time")
        .baseUnit("seconds")
        .register(registry);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      FunctionCounter.builder("process.cpu", system, s -> s.getProcessCpuTime() / 1e9)
          .description("Processor time that the process has used")
          .baseUnit("seconds")
          .register(registry);
    }
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new DiskSpaceMetrics(dataDir.toFile()).bindTo(registry);
  }
}
