/// Settings of a gateway and the files it keeps in its data directory.
@NullMarked
package dev.aegis.gateway.config;

import org.jspecify.annotations.NullMarked;
