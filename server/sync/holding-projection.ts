import { holdingsUnder, saveHoldings } from './holding-repository.js'
import { type HoldingRecord, withHolding } from './holding-rules.js'
import type { Projector } from './projector.js'
import { ofKind } from './record-place.js'

/** Which gateway, and which terminal under it, holds a face under which consent, and that it is gone: the proof behind a withdrawal. */
export const holdingProjector: Projector = {
  async project(tx, origin, records) {
    const said: HoldingRecord[] = [...ofKind(records, 'enrolment.v1'), ...ofKind(records, 'erasure.v1'), ...ofKind(records, 'terminal-erasure.v1')]
    if (said.length === 0) return
    const holdings = await holdingsUnder(tx, origin.gatewayId, [...new Set(said.map((record) => record.body.consentId))])
    for (const record of said) {
      const { consentId, personRef } = record.body
      const known = holdings.get(consentId) ?? { personRef, registers: {} }
      holdings.set(consentId, { ...known, registers: withHolding(known.registers, record) })
    }
    await saveHoldings(tx, origin.gatewayId, holdings)
  },
}
