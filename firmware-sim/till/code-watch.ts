import type { CodeStateV1 } from '#contract/till-messages.js'
import type { Clock } from '#kernel/clock.js'

const CHECK_MS = 2_000

/** Follows the codes on the till's screen: asks about each until it is paid or over, and tells of each payment once. */
export function createCodeWatch(deps: { clock: Clock; check: (outTradeNo: string) => void; paid: (receipt: NonNullable<CodeStateV1['receipt']>) => void }) {
  const told = new Set<string>()
  /** Orders that it will ask about again. */
  const waitedFor = new Set<string>()
  return {
    heard({ outcome, order, receipt }: CodeStateV1): void {
      if (order === null) return
      const { outTradeNo } = order
      if (receipt !== null && !told.has(outTradeNo)) {
        told.add(outTradeNo)
        deps.paid(receipt)
      }
      if (outcome !== 'waiting' || waitedFor.has(outTradeNo)) return
      waitedFor.add(outTradeNo)
      deps.clock.after(CHECK_MS, () => waitedFor.delete(outTradeNo) && deps.check(outTradeNo))
    },
    /** After a power cut there is no screen to follow. */
    forget: () => waitedFor.clear(),
  }
}
