/// Several gateways over one PostgreSQL and one Redis, beside a gateway alone.
@NullMarked
package dev.aegis.bench.cluster;

import org.jspecify.annotations.NullMarked;
