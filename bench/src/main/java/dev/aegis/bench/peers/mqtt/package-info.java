/// Mosquitto: server and a light client of MQTT 3.1.1.
@NullMarked
package dev.aegis.bench.peers.mqtt;

import org.jspecify.annotations.NullMarked;
