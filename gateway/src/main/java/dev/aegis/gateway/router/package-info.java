/// What becomes of one envelope: routing, storing, receipts, flow.
@NullMarked
package dev.aegis.gateway.router;

import org.jspecify.annotations.NullMarked;
