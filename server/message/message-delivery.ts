import type { Clock } from '#kernel/clock.js'
import type { Delivery, DeliveryResult, MessageChannel } from './message-port.js'

export interface Delivered {
  /** The last that was tried; undefined where none reaches the person. */
  readonly channel: MessageChannel | undefined
  readonly result: DeliveryResult
}

/**
 * Sends by the first channel that reaches the person, by the next where that refuses for good or takes nothing from anybody now.
 * A channel that said so is left alone for as long as it said.
 * @param deps.channels in the order in which they are tried
 */
export function createDelivery(deps: { channels: readonly MessageChannel[]; clock: Clock }): (delivery: Delivery) => Promise<Delivered> {
  const { channels, clock } = deps
  const heldUntilMs = new Map<string, number>()

  async function by(channel: MessageChannel, delivery: Delivery): Promise<DeliveryResult> {
    const holdMs = (heldUntilMs.get(channel.name) ?? 0) - clock.monoMs()
    if (holdMs > 0) return { outcome: 'not-sent', problem: 'the channel takes nothing now', holdMs }
    const result = await channel.send(delivery).catch((): DeliveryResult => ({ outcome: 'unknown', problem: 'the channel failed' }))
    if (result.outcome === 'not-sent' && result.holdMs !== undefined) heldUntilMs.set(channel.name, clock.monoMs() + result.holdMs)
    return result
  }

  return async (delivery) => {
    let last: Delivered = { channel: undefined, result: { outcome: 'refused', problem: 'no phone number' } }
    for (const channel of channels) {
      if (!channel.reaches(delivery)) continue
      last = { channel, result: await by(channel, delivery) }
      const { result } = last
      if (result.outcome === 'sent' || result.outcome === 'unknown' || (result.outcome === 'not-sent' && result.holdMs === undefined)) break
    }
    return last
  }
}
