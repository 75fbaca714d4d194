package dev.aegis.gateway.http;

import java.util.List;

/// Some routes that belong together.
interface Resource {
  List<Route> routes();
}
