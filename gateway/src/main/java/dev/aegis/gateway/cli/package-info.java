/// The command line. The only package that uses the SDK.
@NullMarked
package dev.aegis.gateway.cli;

import org.jspecify.annotations.NullMarked;
