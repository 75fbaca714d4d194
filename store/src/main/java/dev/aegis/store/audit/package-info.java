/// The audit trail's formats: entries, pages, chains, checkpoints, and what verifies them. No I/O.
@NullMarked
package dev.aegis.store.audit;

import org.jspecify.annotations.NullMarked;
