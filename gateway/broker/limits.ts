/** Bounds of the device side of the broker: why each stands, and what happens when it is reached. */
export const BROKER_LIMITS = {
  /** A CONNECT, SUBSCRIBE or acknowledgement needs far less. A larger one ends the connection before it is buffered. */
  controlPacketBytesMax: 4_096,
  /**
   * A PUBLISH may be this many times the largest message of its device kind (plus a topic): enough to be told
   * "oversized" and stay connected. A larger one ends the connection at its length field, before it is buffered.
   */
  publishTolerance: 2,
  publishOverheadBytes: 65_536,
  /** Packets and bytes a second that one connection is read at; the rest waits in that device's own TCP window. */
  packetsPerSecondMax: 200,
  bytesPerSecondMax: 33_554_432,
  /** Messages of one device being handled; reading of that device pauses at this number. */
  handlersInFlightMax: 32,
  /** Of them, those that must be durable before they are acknowledged: one device's share of a commit, and all that it can hold up others by. */
  keptInFlightMax: 4,
  /** Such messages of one device: 50 a second after 500 at once. A door makes a few; what a controller kept over an outage of hours drains in minutes. */
  keptPaceMs: 20,
  keptBurst: 500,
  /** Bytes waiting for a device that reads slowly; further messages to it are dropped and counted. */
  outgoingBytesMax: 262_144,
  /** Bytes waiting for a face worker, or for another broker, beyond which no frame is sent: it would be old when it arrives. */
  outgoingFrameBytesMax: 4_194_304,
  /** A keep-alive of 0 or above this is refused: a dead device would hold its place for too long. */
  keepaliveSecondsMax: 300,
  /** CONNECT must have come by then after the handshake; the connection ends otherwise. */
  connectTimeoutMs: 10_000,
  handshakeTimeoutMs: 5_000,
  /** From its acceptance on a connection has this long to become a device; it ends otherwise. */
  strangerMsMax: 15_000,
  /** Connections that are no devices yet, from all addresses and from one; a further one is closed at once and counted. They take no device's place. */
  strangersMax: 192,
  strangersPerAddressMax: 64,
  /** TLS handshakes under way, from all addresses and from one; the others wait. One that says nothing holds up its own address only. */
  handshakesAtOnceMax: 16,
  handshakesAtOncePerAddressMax: 4,
  /** One handshake is 2 to 5 ms of the thread that also passes on door commands: 100 a second in all, 20 from one address, a few more after a rest. */
  handshakePaceMs: 10,
  handshakeBurst: 16,
  handshakePacePerAddressMs: 50,
  handshakeBurstPerAddress: 4,
  /** A device that takes no byte for this long is disconnected. */
  drainTimeoutMs: 10_000,
  /** At most one notice to a device in this time; what is wrong more often is still counted. */
  noticeIntervalMs: 1_000,
  /** How long a connection that is being closed may take to read its last bytes. */
  lingerMs: 1_000,
  /** At another broker: a device that says nothing for so long, three heartbeats of the slowest, is taken to be away. */
  silenceMsMax: 90_000,
  /** At another broker: a message to a device that the broker could not pass on by then is thrown away there. */
  brokerExpirySeconds: 2,
  /** At another broker: messages that it has not acknowledged; further ones are dropped and counted. */
  brokerInFlightMax: 1_024,
} as const
