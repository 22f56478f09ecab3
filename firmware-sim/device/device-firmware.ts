import { createHash } from 'node:crypto'
import { get } from 'node:https'
import type { FirmwareOfferV1, FirmwareStatusV1 } from '#contract/device-care-messages.js'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'

/** Writing the flash takes a moment. */
const INSTALL_MS = 500
const SILENCE_MS = 15_000
/** A file may begin with a line that says what it is for. */
const MODEL_LINE = /^model=([^\n]{1,64})\n/

type Failure = NonNullable<FirmwareStatusV1['reason']>
/** How an update goes wrong here, whatever was sent. */
type Damage = 'checksum' | 'length' | 'rolled-back' | null

export interface DeviceFirmware {
  version(): string
  offered(offer: FirmwareOfferV1): void
  /** After a restart and its hello: tells what became of the update. */
  connected(): void
  stop(): void
}

export interface DeviceFirmwareDeps {
  readonly model: string
  /** Authority that the file's server must be of, PEM. */
  readonly ca: string
  /** Share of updates that go wrong. */
  readonly badShare: number
  readonly tell: (status: FirmwareStatusV1) => void
  readonly restart: () => void
  readonly world: { readonly clock: Clock; readonly random: RandomSource }
}

/** The whole file, or why not. It is cut off where it is longer than announced. */
function download(url: string, ca: string, bytesMax: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const outgoing = get(url, { ca, agent: false, timeout: SILENCE_MS }, (answer) => {
      const parts: Buffer[] = []
      let bytes = 0
      answer.on('data', (part: Buffer) => {
        parts.push(part)
        bytes += part.length
        if (bytes > bytesMax) answer.destroy()
      })
      answer.on('error', () => resolve(bytes > bytesMax ? Buffer.concat(parts) : undefined))
      answer.on('end', () => resolve(answer.statusCode === 200 ? Buffer.concat(parts) : undefined))
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(undefined))
  })
}

function problemOf(file: Buffer | undefined, offer: FirmwareOfferV1, model: string): Failure | undefined {
  if (file === undefined) return 'download'
  if (file.length !== offer.bytes) return 'length'
  if (createHash('sha256').update(file).digest('hex') !== offer.sha256) return 'checksum'
  const wanted = MODEL_LINE.exec(file.subarray(0, 80).toString('latin1'))?.[1]
  return wanted === undefined || wanted === model ? undefined : 'not-for-this-model'
}

/** Updates of a device: the old version runs until the new one was compared byte for byte, and again where that does not start. */
export function createDeviceFirmware(deps: DeviceFirmwareDeps): DeviceFirmware {
  const { model, ca, badShare, tell, restart, world: { clock, random } } = deps
  let version = '1.0.0'
  let busyWith: string | undefined
  let toTell: FirmwareStatusV1 | undefined
  let cancel = (): void => undefined
  let stopped = false

  const draw = (): Damage => {
    if (random.float() >= badShare) return null
    return (['checksum', 'length', 'rolled-back'] as const)[Math.floor(random.float() * 3)] ?? 'checksum'
  }
  const update = async (offer: FirmwareOfferV1): Promise<void> => {
    const { jobId } = offer
    const say = (state: FirmwareStatusV1['state'], reason: FirmwareStatusV1['reason'] = null): void => tell({ v: 1, jobId, state, reason })
    const damage = draw()
    say('downloading')
    const got = await download(offer.url, ca, offer.bytes)
    if (stopped) return
    const file = damage === 'length' ? got?.subarray(0, -1) : damage === 'checksum' && got !== undefined ? Buffer.concat([Buffer.from([(got[0] ?? 0) ^ 1]), got.subarray(1)]) : got
    const problem = problemOf(file, offer, model)
    if (problem !== undefined) {
      busyWith = undefined
      return say('failed', problem)
    }
    say('verified')
    say('installing')
    cancel = clock.after(INSTALL_MS, () => {
      busyWith = undefined
      if (damage === 'rolled-back') toTell = { v: 1, jobId, state: 'failed', reason: 'rolled-back' }
      else {
        version = offer.version
        toTell = { v: 1, jobId, state: 'installed', reason: null }
      }
      restart()
    })
  }
  return {
    version: () => version,
    offered(offer) {
      // A repeat of what it is at, and what it runs already, is nothing new.
      if (busyWith !== undefined || offer.version === version) return
      busyWith = offer.jobId
      void update(offer)
    },
    connected() {
      if (toTell !== undefined) tell(toTell)
      toTell = undefined
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
