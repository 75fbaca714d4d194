/// Whether a message may enter: addresses, rights, rates.
@NullMarked
package dev.aegis.gateway.admission;

import org.jspecify.annotations.NullMarked;
