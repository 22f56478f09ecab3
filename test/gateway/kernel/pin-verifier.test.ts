import { describe, expect, it } from 'vitest'
import { makePinVerifier, pinMatches } from '#kernel/pin-verifier.js'
import { seededRandom } from '#kernel/random.js'

describe('PIN verifiers', () => {
  it('match their PIN and no other, and two of one PIN differ', async () => {
    const random = seededRandom(1)
    const [first, second] = [await makePinVerifier('4711', random), await makePinVerifier('4711', random)]
    expect(first).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/)
    expect(second).not.toBe(first)
    expect([await pinMatches(first, '4711'), await pinMatches(second, '4711'), await pinMatches(first, '4712'), await pinMatches(first, '')]).toEqual([true, true, false, false])
  })

  it('made elsewhere with another cost match too', async () => {
    const { scryptSync } = await import('node:crypto')
    const salt = Buffer.from('0123456789abcdef')
    const verifier = `scrypt$1024$8$1$${salt.toString('base64')}$${scryptSync('90210', salt, 32, { N: 1_024, r: 8, p: 1 }).toString('base64')}`
    expect([await pinMatches(verifier, '90210'), await pinMatches(verifier, '90211')]).toEqual([true, false])
  })

  it.each([[null], [''], ['scrypt$16384$8$1$$'], ['scrypt$999999$99$99$AAAA$AAAA'], ['plain:4711'], ['scrypt$0$0$0$AAAA$AAAA'], ['scrypt$1000$8$1$AAAA$AAAA']])('%s matches nothing', async (verifier) => {
    expect(await pinMatches(verifier, '4711')).toBe(false)
  })
})
