import { describe, expect, it } from 'vitest'
import { freshnessOf } from '../../../gateway/access/freshness-rules.js'
import { permit, visit } from '../../support/factories.js'
import { CARD, TOKEN, cardItem, phoneItem, startReaderRig, tokenItem, withReaders } from '../../support/reader-rig.js'
import { ROSTER } from '../../support/access-rig.js'

const HOUR_MS = 3_600_000
const LIMITS = { rosterOldHours: 24, rosterTooOldHours: 72 }

describe('how old a roster is', () => {
  it.each([
    [0, 'current'], [24 * HOUR_MS - 1, 'current'], [24 * HOUR_MS, 'old'], [72 * HOUR_MS - 1, 'old'], [72 * HOUR_MS, 'too-old'],
    [Number.POSITIVE_INFINITY, 'too-old'], [Number.NaN, 'too-old'],
  ])('%d ms: %s', (ageMs, freshness) => expect(freshnessOf(ageMs, LIMITS)).toBe(freshness))
})

describe('a gate without the server for three days', () => {
  it('lets residents in with a remark, and no visitor of the centre, but him of its own desk; all of it recorded', async () => {
    let ageMs = 72 * HOUR_MS - 1
    const rig = await startReaderRig({}, { rosterAgeMs: () => ageMs, policy: { regrantHoldMs: 0 } })
    await rig.show('qr', TOKEN)
    ageMs += 1
    await rig.show('qr', TOKEN)
    await rig.show('card', CARD)
    expect([await rig.reasons(), rig.answers()]).toEqual([['granted', 'stale-roster', 'granted'], ['granted', 'stale-roster', 'granted']])
    expect((await rig.passages()).map(({ remarks }) => remarks)).toEqual([['stale-roster'], [], ['stale-roster']])
    expect(rig.commands).toHaveLength(2)
    rig.roster.replace({ ...ROSTER, gates: [withReaders()], credentials: [cardItem, phoneItem, tokenItem], visits: [visit(1)] }, new Set([visit(1).visitId]))
    await rig.show('qr', TOKEN)
    expect(rig.answers().at(-1)).toBe('granted')
  })

  it('lets no carer in who has nothing but the carer’s permit', async () => {
    const rig = await startReaderRig({ permits: [permit(1, { role: 'carer' })] }, { rosterAgeMs: () => 1_000 * HOUR_MS })
    await rig.show('card', CARD)
    expect([await rig.reasons(), rig.commands]).toEqual([['stale-roster'], []])
  })
})
