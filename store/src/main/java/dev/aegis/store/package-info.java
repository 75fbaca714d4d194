/// Ports for durable state, and the PostgreSQL and Redis adapters behind them.
@NullMarked
package dev.aegis.store;

import org.jspecify.annotations.NullMarked;
