import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import { BROKER_LIMITS } from './limits.js'
import { type FramingFault, type PacketFramer, createPacketFramer } from './packet-framer.js'

const WINDOW_MS = 1_000

/**
 * The MQTT side of one socket: whole packets out of it, bytes into it. It judges each packet by its length field
 * before any of it is kept, gives one packet and waits for `release` (the broker would take what follows CONNECT before it
 * has judged CONNECT), reads at a bounded pace, and can be held while its device's messages are being handled. A held or
 * paced device waits in its own TCP window; nobody else does.
 */
export class DeviceLink extends Duplex {
  /** Called once, with the fault that ended the reading; the owner then closes. */
  onFault: (fault: FramingFault) => void = () => {}
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #framer: PacketFramer = createPacketFramer(BROKER_LIMITS.controlPacketBytesMax)
  #wanted = false
  #greeted = false
  /** Held after the first packet, and whenever its owner says so. */
  #held = false
  #stopped = false
  #ended = false
  #windowStartMonoMs: number
  #windowPackets = 0
  #windowBytes = 0
  #cancelWindow: CancelTimer | undefined

  constructor(deps: { socket: Socket; clock: Clock }) {
    super({ readableHighWaterMark: 1 })
    this.#socket = deps.socket
    this.#clock = deps.clock
    this.#windowStartMonoMs = deps.clock.monoMs()
    deps.socket.pause()
    deps.socket.on('data', (chunk: Buffer) => {
      this.#framer.append(chunk)
      this.#pump()
    })
    deps.socket.on('end', () => this.#finish())
    deps.socket.on('error', (error) => this.destroy(error))
    deps.socket.on('close', () => this.#finish())
  }

  /** Largest PUBLISH that this device may send, head included. */
  allowPublish(bytesMax: number): void {
    this.#framer.allowPublish(bytesMax)
  }

  /** Stops reading until `release`; the other direction goes on. */
  hold(): void {
    this.#held = true
    this.#socket.pause()
  }

  release(): void {
    this.#held = false
    this.#pump()
  }

  /** Bytes written to this device that the network has not taken. */
  get outgoingBytes(): number {
    return this.writableLength + this.#socket.writableLength
  }

  /** One packet a turn of the event loop: no device's burst runs before another's packet. */
  override _read(): void {
    setImmediate(() => {
      this.#wanted = true
      this.#pump()
    })
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done)
  }

  override _writev(chunks: Array<{ chunk: Buffer }>, done: (error?: Error | null) => void): void {
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done)
  }

  /** Lets the last packets reach the device (a refusal, a notice), for a short time only. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stop()
    this.#socket.destroySoon()
    if (!this.#socket.destroyed) {
      const cancel = this.#clock.after(BROKER_LIMITS.lingerMs, () => this.#socket.destroy())
      this.#socket.once('close', cancel)
    }
    done(error)
  }

  #pump(): void {
    while (this.#wanted && !this.#held && !this.#stopped && this.#mayTake()) {
      const taken = this.#framer.take()
      if (!taken.ok) {
        this.#stop()
        return this.onFault(taken.error)
      }
      if (taken.value === undefined) return void (this.#ended ? this.push(null) : this.#socket.resume())
      this.#windowPackets++
      this.#windowBytes += taken.value.length
      this.#wanted = this.push(taken.value)
      this.#held ||= !this.#greeted
      this.#greeted = true
    }
    this.#socket.pause()
  }

  /** False where this second's share is used up; reading goes on by itself in the next. */
  #mayTake(): boolean {
    if (this.#ended) return true
    const nowMonoMs = this.#clock.monoMs()
    const elapsedMs = nowMonoMs - this.#windowStartMonoMs
    if (elapsedMs >= WINDOW_MS) {
      this.#windowStartMonoMs = nowMonoMs
      this.#windowPackets = 0
      this.#windowBytes = 0
    }
    if (this.#windowPackets < BROKER_LIMITS.packetsPerSecondMax && this.#windowBytes < BROKER_LIMITS.bytesPerSecondMax) return true
    this.#cancelWindow ??= this.#clock.after(WINDOW_MS - elapsedMs, () => {
      this.#cancelWindow = undefined
      this.#pump()
    })
    return false
  }

  /** No more will come; what came before is still taken. */
  #finish(): void {
    this.#ended = true
    this.#pump()
  }

  #stop(): void {
    this.#stopped = true
    this.#socket.pause()
    this.#cancelWindow?.()
  }
}
