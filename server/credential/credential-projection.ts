import type { Clock } from '#kernel/clock.js'
import { changeIn } from '../audit/change.js'
import type { Projector } from '../sync/projector.js'
import { ofKind } from '../sync/record-place.js'
import { endCredential } from './credential-ending.js'
import { type CredentialUse, find, saveUses, uses } from './credential-repository.js'

/** One showing more. Sums and the latest: whichever comes first, the outcome is the same. */
export function withUse(known: CredentialUse | undefined, shown: { granted: boolean; atMs: number; gateId: string }): CredentialUse {
  const later = known === undefined || shown.atMs > known.lastAtMs || (shown.atMs === known.lastAtMs && shown.gateId > known.lastGateId)
  return {
    granted: (known?.granted ?? 0) + (shown.granted ? 1 : 0), refused: (known?.refused ?? 0) + (shown.granted ? 0 : 1),
    lastAtMs: later ? shown.atMs : known.lastAtMs, lastGateId: later ? shown.gateId : known.lastGateId,
  }
}

/** How often credentials were shown, and what a desk blocked: blocked there, it ends everywhere. */
export const createCredentialProjector = (deps: { clock: Clock }): Projector => ({
  async project(tx, { estateId }, records) {
    const shown = ofKind(records, 'passage.v2').flatMap(({ body }) => (body.credentialId === null ? [] : [{ ...body, credentialId: body.credentialId }]))
    const known = shown.length === 0 ? new Map<string, CredentialUse>() : await uses(tx, estateId, [...new Set(shown.map((passage) => passage.credentialId))])
    for (const { credentialId, result, occurredAtMs, gateId } of shown) {
      known.set(credentialId, withUse(known.get(credentialId), { granted: result === 'granted', atMs: occurredAtMs, gateId }))
    }
    await saveUses(tx, estateId, known)
    for (const { body: { credentialId, operatorRef } } of ofKind(records, 'credential-blocked.v1')) {
      const credential = await find(tx, credentialId)
      // A gateway speaks for its own estate.
      if (credential === null || credential.estateId !== estateId || credential.endedAtMs !== null) continue
      await endCredential(changeIn(tx, deps.clock.wallMs(), null), credential, { cause: 'blocked', operatorRef })
    }
  },
})
