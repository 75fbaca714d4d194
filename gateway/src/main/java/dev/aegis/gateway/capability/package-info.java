/// Who is able to do what, and which of them gets the next piece of work. Holds what the registry
/// says in memory; decides without asking anybody.
@NullMarked
package dev.aegis.gateway.capability;

import org.jspecify.annotations.NullMarked;
