/// HTTP: the REST API on the TLS port and the management port, over the same router and store.
@NullMarked
package dev.aegis.gateway.http;

import org.jspecify.annotations.NullMarked;
