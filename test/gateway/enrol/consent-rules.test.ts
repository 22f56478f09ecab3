import { describe, expect, it } from 'vitest'
import { consentOf, isValidAt, lapsed, nextEndMs } from '../../../gateway/enrol/consent-rules.js'
import { SAME_PERSON_MIN, disagreement } from '../../../gateway/enrol/enrol-rules.js'
import { consent, personRef, uuid } from '../../support/factories.js'

const from = (grantedAtMs: number, expiresAtMs: number, n = 1, id = n) => consent(n, { consentId: uuid(id, 0xc), grantedAtMs, expiresAtMs })

describe('consent', () => {
  it.each([[99, false], [100, true], [199, true], [200, false]])('from 100 to 200 is valid at %i: %s', (wallMs, valid) => {
    expect(isValidAt(from(100, 200), wallMs)).toBe(valid)
  })

  it('of a person is the valid one that lasts longest', () => {
    const consents = [from(0, 150, 1, 1), from(0, 300, 1, 2), from(200, 900, 1, 3), from(0, 999, 2, 4)]
    expect(consentOf(consents, personRef(1), 100)?.consentId).toBe(uuid(2, 0xc))
    expect(consentOf(consents, personRef(1), 900)).toBeUndefined()
    expect(consentOf(consents, personRef(3), 100)).toBeUndefined()
  })

  it('ends: by time, by being gone, and by belonging to somebody else', () => {
    const held = new Map([[personRef(1), uuid(1, 0xc)], [personRef(2), uuid(2, 0xc)], [personRef(3), uuid(3, 0xc)], [personRef(4), uuid(1, 0xc)]])
    expect(lapsed(held, [from(0, 100, 1), from(0, 101, 2)], 100)).toEqual([
      { personRef: personRef(1), consentId: uuid(1, 0xc), cause: 'expired' },
      { personRef: personRef(3), consentId: uuid(3, 0xc), cause: 'withdrawn' },
      { personRef: personRef(4), consentId: uuid(1, 0xc), cause: 'withdrawn' },
    ])
  })

  it('a consent that has not begun keeps its templates', () => {
    expect(lapsed(new Map([[personRef(1), uuid(1, 0xc)]]), [from(500, 600, 1)], 100)).toEqual([])
  })

  it('the next end is the nearest that is still to come', () => {
    const consents = [from(100, 200), from(50, 400, 2)]
    expect([0, 199, 200, 399, 400].map((wallMs) => nextEndMs(consents, wallMs))).toEqual([200, 200, 400, 400, undefined])
  })
})

describe('photos of one enrolment', () => {
  const at = (cosine: number) => new Float32Array([cosine, Math.sqrt(1 - cosine * cosine)])

  it('agree at the threshold and disagree below it, naming the first pair', () => {
    expect(disagreement([at(1)])).toBeUndefined()
    expect(disagreement([at(1), at(SAME_PERSON_MIN + 0.001)])).toBeUndefined()
    expect(disagreement([at(1), at(0.9), at(SAME_PERSON_MIN - 0.01)])).toEqual({ photos: [1, 3], cosine: expect.closeTo(SAME_PERSON_MIN - 0.01, 5) })
  })
})
