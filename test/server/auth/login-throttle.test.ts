import { describe, expect, it } from 'vitest'
import { createLoginThrottle } from '../../../server/auth/login-throttle.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const OWNER = { loginName: 'li', address: '10.0.0.1', knownAddress: true }

function throttle() {
  const clock = createVirtualClock()
  const login = createLoginThrottle({ clock })
  const from = (address: string, loginName = 'li', knownAddress = false) => login.begin({ loginName, address, knownAddress })
  return { clock, login, from }
}

describe('login throttle', () => {
  it('lets five failures pass, then makes each wait twice as long as the one before, up to a quarter of an hour', () => {
    const { clock, from } = throttle()
    const waits: number[] = []
    for (let attempt = 0; attempt < 20; attempt++) {
      const wait = from('10.0.0.9')
      if (wait > 0) {
        waits.push(wait)
        clock.advance(wait)
        expect(from('10.0.0.9')).toBe(0)
      }
    }
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(waits.at(-1)).toBe(900_000)
  })

  it('counts attempts that are under way at once', () => {
    const { from } = throttle()
    expect(Array.from({ length: 7 }, () => from('10.0.0.9')).map((wait) => wait > 0)).toEqual([false, false, false, false, false, true, true])
  })

  it('does not lengthen the wait by asking during it', () => {
    const { clock, from } = throttle()
    for (let i = 0; i < 5; i++) from('10.0.0.9')
    for (let i = 0; i < 100; i++) expect(from('10.0.0.9')).toBe(1_000)
    clock.advance(1_000)
    expect(from('10.0.0.9')).toBe(0)
  })

  it('keeps strangers from keeping the owner out', () => {
    const { from, login } = throttle()
    let slowed = 0
    for (let i = 0; i < 1_000; i++) if (from(`172.16.${i >> 8}.${i & 255}`) > 0) slowed += 1
    expect(slowed).toBeGreaterThan(900)
    expect(login.begin(OWNER)).toBe(0)
  })

  it('slows guesses at one account from everywhere, by a minute at most', () => {
    const { clock, from } = throttle()
    for (let i = 0; i < 200; i++) {
      const wait = from(`172.16.0.${i}`)
      if (wait > 0) clock.advance(wait)
      expect(wait).toBeLessThanOrEqual(60_000)
    }
    from('172.16.1.1')
    expect(from('172.16.1.2')).toBe(60_000)
  })

  it('slows one address that tries many names', () => {
    const { from } = throttle()
    const waits = Array.from({ length: 60 }, (_, i) => from('10.0.0.9', `name-${i}`))
    expect(waits.findIndex((wait) => wait > 0)).toBe(50)
    expect(from('10.0.0.8', 'name-1')).toBe(0)
  })

  it('forgets the pair, and nothing of the others, after a right password', () => {
    const { from, login } = throttle()
    for (let i = 0; i < 49; i++) from('10.0.0.9', `name-${i}`)
    expect(from('10.0.0.9', 'mine')).toBe(0)
    login.succeeded({ loginName: 'mine', address: '10.0.0.9', knownAddress: false })
    expect(from('10.0.0.9', 'name-99')).toBe(0)
    expect(from('10.0.0.9', 'name-98')).toBe(1_000)
  })

  it('forgets failures after an hour', () => {
    const { clock, from } = throttle()
    for (let i = 0; i < 5; i++) from('10.0.0.9')
    clock.advance(3_600_000)
    for (let i = 0; i < 5; i++) expect(from('10.0.0.9')).toBe(0)
  })

  it('treats a name that does not exist like any other', () => {
    const { from } = throttle()
    const waits = (name: string) => Array.from({ length: 8 }, () => from(`10.0.1.${name.length}`, name))
    expect(waits('nobody-at-all')).toEqual(waits('li'))
  })
})
