/// How figures are told: the machine they come from, tables for people, JSON for scripts.
@NullMarked
package dev.aegis.bench.report;

import org.jspecify.annotations.NullMarked;
