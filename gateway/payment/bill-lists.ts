import type { BillListV1, BillQuestionV1 } from '#contract/till-messages.js'
import type { Clock } from '#kernel/clock.js'
import { lessPaid } from './bill-list-rules.js'
import type { PaymentStore, TillServer } from './ports.js'

export interface BillLists {
  /** What a household owes: from the server, or where it cannot be asked as it was last heard, less what was paid here since. */
  ask(deviceId: string, question: BillQuestionV1): Promise<BillListV1>
}

type Answer = Omit<BillListV1, 'v' | 'requestId'>
const NOTHING = { asOfMs: null, bills: [], channels: [] } satisfies Partial<Answer>

export function createBillLists(deps: { store: PaymentStore; server: Pick<TillServer, 'bills'>; clock: Clock }): BillLists {
  const { store, server, clock } = deps

  const remembered = async (householdNo: string): Promise<Answer> => {
    const memory = await store.billMemory(householdNo)
    if (memory === undefined) return { outcome: 'not-here', ...NOTHING }
    return { outcome: 'found', asOfMs: memory.asOfMs, bills: lessPaid(memory.bills, memory.paidSince), channels: [] }
  }
  const answer = async (deviceId: string, householdNo: string): Promise<Answer> => {
    const asOfMs = clock.wallMs()
    const said = await server.bills({ deviceId, householdNo })
    if (!said.ok) return remembered(householdNo)
    const { known, channels } = said.value
    if (!known) {
      await store.transact((tx) => tx.dropBillMemory(householdNo))
      return { outcome: 'unknown', ...NOTHING }
    }
    // What was paid here a moment ago may still be on its way to the server.
    const bills = lessPaid(said.value.bills, await store.paymentsUnderway(householdNo))
    await store.transact((tx) => tx.putBillMemory(householdNo, { asOfMs, bills }))
    return { outcome: 'found', asOfMs, bills, channels }
  }
  return {
    ask: async (deviceId, { requestId, householdNo }) => ({ v: 1, requestId, ...(await answer(deviceId, householdNo)) }),
  }
}
