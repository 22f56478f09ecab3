import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { errorFactory } from '../../../gateway/kernel/app-error.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { GENESIS_HASH, chainHash, signHead, verifyHead } from '../../../gateway/kernel/hash-chain.js'
import { createIdSource } from '../../../gateway/kernel/ids.js'
import { seededRandom, systemRandom } from '../../../gateway/kernel/random.js'

describe('ids', () => {
  it('writes the time of RFC 9562 §5.7 into a version 7 UUID', () => {
    const clock = { ...systemClock, wallMs: () => 0x017f22e279b0 }
    const ids = createIdSource({ clock, random: { bytes: (n) => new Uint8Array(n).fill(0xff), float: () => 0 } })
    expect(ids.uuid()).toBe('017f22e2-79b0-7fff-bfff-ffffffffffff')
  })

  it('never repeats and sorts by time', () => {
    let now = 1_700_000_000_000
    const ids = createIdSource({ clock: { ...systemClock, wallMs: () => now++ }, random: systemRandom })
    const made = Array.from({ length: 2_000 }, () => ids.uuid())
    expect(new Set(made).size).toBe(2_000)
    expect(made.toSorted()).toEqual(made)
  })
})

describe('seeded randomness', () => {
  it('repeats with its seed and differs with another', () => {
    const draw = (seed: number): number[] => { const source = seededRandom(seed); return Array.from({ length: 5 }, () => source.float()) }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })
})

describe('hash chain', () => {
  const link = { gatewayId: 'g', epoch: 1, seq: 1, payload: '{"a":1}' }

  it('changes with every part of the link and with the predecessor', () => {
    const base = chainHash(GENESIS_HASH, link)
    const others = [
      chainHash('1'.repeat(64), link), chainHash(GENESIS_HASH, { ...link, gatewayId: 'h' }), chainHash(GENESIS_HASH, { ...link, epoch: 2 }),
      chainHash(GENESIS_HASH, { ...link, seq: 2 }), chainHash(GENESIS_HASH, { ...link, payload: '{"a":2}' }),
    ]
    expect(base).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set([base, ...others]).size).toBe(6)
  })

  it('verifies a head under its own key only, and takes rubbish for false', () => {
    const mine = generateKeyPairSync('ed25519')
    const other = generateKeyPairSync('ed25519')
    const head = { gatewayId: 'g', epoch: 1, seq: 9, hash: 'a'.repeat(64) }
    const signature = signHead(head, mine.privateKey)
    expect(verifyHead(head, signature, mine.publicKey)).toBe(true)
    expect(verifyHead(head, signature, other.publicKey)).toBe(false)
    expect(verifyHead({ ...head, seq: 8 }, signature, mine.publicKey)).toBe(false)
    expect(verifyHead(head, 'rubbish', mine.publicKey)).toBe(false)
  })
})

describe('errors', () => {
  it('carry their code in the message and keep the cause', () => {
    const fail = errorFactory({ GW_TEST: { message: 'It broke.', httpStatus: 409 } })
    const cause = new Error('inner')
    const error = fail('GW_TEST', { field: 'x' }, cause)
    expect(error).toMatchObject({ code: 'GW_TEST', httpStatus: 409, details: { field: 'x' }, cause })
    expect(error.message).toBe('It broke. (GW_TEST)')
  })
})
