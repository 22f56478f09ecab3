import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { type Result, err, ok } from '#kernel/result.js'
import type { Link } from './device/device-client.js'

/** What goes wrong with a device and how often. Means are of exponential intervals, in seconds; 0 is never. */
export interface FaultProfile {
  readonly dropSeconds: number
  readonly rebootSeconds: number
  /** A door forced, held open, or the cover opened. */
  readonly doorSeconds: number
  readonly fireSeconds: number
  /** Share of messages that arrive twice, 0 to 1. */
  readonly duplicate: number
  /** Share of messages that are late, and by how much at most. */
  readonly delay: number
  readonly delayMsMax: number
  /** How far the device's wall clock is ahead; negative behind. */
  readonly skewMs: number
  /** How much faster it runs, millionths: 20 000 is ten seconds in eight minutes. */
  readonly driftPpm: number
  /** Something breaks in it: mean time between two. */
  readonly brokenSeconds: number
  /** Share of those that never mend. */
  readonly stuck: number
  /** Share of settings that it takes no notice of. */
  readonly deaf: number
  /** Share of firmware updates that go wrong: the file arrives damaged or short, or the new version does not start. */
  readonly firmware: number
  /** Share of those who were let in and do not walk through. */
  readonly absent: number
  /** Share of what is presented at a reader that is no code, card or PIN at all. */
  readonly garbage: number
  /** A reader sends far more than anybody presents: mean time between two bursts. */
  readonly floodSeconds: number
}

export const NO_FAULTS: FaultProfile = {
  dropSeconds: 0, rebootSeconds: 0, doorSeconds: 0, fireSeconds: 0, duplicate: 0, delay: 0, delayMsMax: 0, skewMs: 0,
  driftPpm: 0, brokenSeconds: 0, stuck: 0, deaf: 0, firmware: 0, absent: 0, garbage: 0, floodSeconds: 0,
}

const NUMBER = /^-?\d+(\.\d+)?$/
const RANGES: Record<string, readonly [low: number, high: number]> = {
  drop: [0, 86_400], reboot: [0, 86_400], door: [0, 86_400], fire: [0, 86_400],
  duplicate: [0, 1], delay: [0, 1], 'delay-ms': [0, 60_000], 'skew-ms': [-86_400_000, 86_400_000],
  'drift-ppm': [-500_000, 500_000], broken: [0, 86_400], stuck: [0, 1], deaf: [0, 1], firmware: [0, 1], absent: [0, 1], garbage: [0, 1], flood: [0, 86_400],
}
const FIELDS: Record<string, keyof FaultProfile> = {
  drop: 'dropSeconds', reboot: 'rebootSeconds', door: 'doorSeconds', fire: 'fireSeconds',
  duplicate: 'duplicate', delay: 'delay', 'delay-ms': 'delayMsMax', 'skew-ms': 'skewMs',
  'drift-ppm': 'driftPpm', broken: 'brokenSeconds', stuck: 'stuck', deaf: 'deaf', firmware: 'firmware', absent: 'absent', garbage: 'garbage', flood: 'floodSeconds',
}

/** Reads `name=value,name=value`; `none` is no fault. The error is one sentence that names the part. */
export function parseFaults(text: string): Result<FaultProfile, string> {
  if (text === 'none') return ok(NO_FAULTS)
  const profile: { -readonly [Key in keyof FaultProfile]: number } = { ...NO_FAULTS }
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=')
    const range = RANGES[name]
    const field = FIELDS[name]
    if (range === undefined || field === undefined) return err(`fault ${JSON.stringify(name)}: one of ${Object.keys(RANGES).join(', ')}`)
    if (!NUMBER.test(value) || Number(value) < range[0] || Number(value) > range[1]) {
      return err(`fault ${name}: a number from ${range[0]} to ${range[1]}, not ${JSON.stringify(value)}`)
    }
    profile[field] = Number(value)
  }
  return ok(profile)
}

/** A link on which messages arrive twice or late. Late ones may overtake each other. */
export function faultyLink(profile: FaultProfile, random: RandomSource, clock: Clock): Link {
  if (profile.duplicate === 0 && profile.delay === 0) return (deliver) => deliver()
  return (deliver) => {
    const copies = random.float() < profile.duplicate ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (random.float() < profile.delay) clock.after(random.float() * profile.delayMsMax, deliver)
      else deliver()
    }
  }
}

export interface Recurring {
  start(): void
  stop(): void
}

/** Calls `act` at random times, `meanSeconds` apart on average; never where that is 0. */
export function recurring(meanSeconds: number, random: RandomSource, clock: Clock, act: () => void): Recurring {
  let cancel: CancelTimer | undefined
  const arm = (): void => {
    cancel = clock.after(-Math.log(1 - random.float()) * meanSeconds * 1_000, () => {
      arm()
      act()
    })
  }
  return {
    start() {
      if (meanSeconds > 0 && cancel === undefined) arm()
    },
    stop() {
      cancel?.()
      cancel = undefined
    },
  }
}
