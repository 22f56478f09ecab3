/**
 * Topics of the `mqtt/face` family of face terminals, spec v1.25. Two of them are shared by all terminals: on those the
 * sender's id stands in the body only. QoS is whatever the terminal asks for; nothing is retained.
 */
interface TerminalTopic {
  /** The topic of one terminal; the shared ones do not name it. */
  readonly topicOf: (terminalId: string) => string
  /** Largest payload, bytes. Pictures are cut out before anything is read. */
  readonly bytesMax: number
}

const MEGABYTE = 1_048_576

/** Up: what a terminal may publish. */
export const TERMINAL_CHANNELS = {
  /** Answers to commands. The longest names every person of the terminal: 10 000 ids are 400 KB. */
  ack: { topicOf: (id) => `mqtt/face/${id}/Ack`, bytesMax: MEGABYTE },
  /** Recognitions: a picture of 1 MB and a scene of 2 MB, both in base64. */
  rec: { topicOf: (id) => `mqtt/face/${id}/Rec`, bytesMax: 5 * MEGABYTE },
  /** Strangers, with the same pictures. */
  snap: { topicOf: (id) => `mqtt/face/${id}/Snap`, bytesMax: 5 * MEGABYTE },
  /** `Online`, `Offline`. */
  basic: { topicOf: () => 'mqtt/face/basic', bytesMax: 4_096 },
  heartbeat: { topicOf: () => 'mqtt/face/heartbeat', bytesMax: 4_096 },
} as const satisfies Record<string, TerminalTopic>

export type TerminalChannel = keyof typeof TERMINAL_CHANNELS
const CHANNELS = Object.keys(TERMINAL_CHANNELS) as TerminalChannel[]

/** Down: the only topic that a terminal may subscribe to. */
export const commandTopicOf = (terminalId: string): string => `mqtt/face/${terminalId}`

/** A last will may stand on this topic only; it is dropped, for the gateway sees the end of a connection by itself. */
export const WILL_TOPIC = TERMINAL_CHANNELS.basic.topicOf()

/** Topics of one terminal, each with its channel: exact, no wildcard. */
export const publishTopicsOf = (terminalId: string): ReadonlyMap<string, TerminalChannel> =>
  new Map(CHANNELS.map((channel) => [TERMINAL_CHANNELS[channel].topicOf(terminalId), channel]))

export const TERMINAL_BYTES_MAX = Math.max(...CHANNELS.map((channel) => TERMINAL_CHANNELS[channel].bytesMax))
