/// The crash test: everything is killed at random under load, and what senders were promised is
/// held against what handlers did. Agents run in processes of their own and tell what they were
/// promised and did in files alone, which outlive them.
@NullMarked
package dev.aegis.bench.chaos;

import org.jspecify.annotations.NullMarked;
