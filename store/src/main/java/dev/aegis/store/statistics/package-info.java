/// What is counted of messages, without I/O: counts of one batch, their bytes, and histograms of
/// delivery times. Who writes and reads them is in [dev.aegis.store].
@NullMarked
package dev.aegis.store.statistics;

import org.jspecify.annotations.NullMarked;
