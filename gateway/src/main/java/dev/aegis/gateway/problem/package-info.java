/// What HTTP clients are told when a request fails: the one list of codes.
@NullMarked
package dev.aegis.gateway.problem;

import org.jspecify.annotations.NullMarked;
