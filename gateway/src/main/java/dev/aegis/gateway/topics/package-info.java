/// Who is subscribed to what, and who gets a message of a topic. Knows no sessions and no journal.
@NullMarked
package dev.aegis.gateway.topics;

import org.jspecify.annotations.NullMarked;
