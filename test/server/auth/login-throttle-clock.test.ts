import { expect, it } from 'vitest'
import { createLoginThrottle } from '../../../server/auth/login-throttle.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

it('a first login is not told to wait because the clock moved on between two looks at it', () => {
  const still = createVirtualClock()
  let monoMs = 1_000
  const throttle = createLoginThrottle({ clock: { ...still, monoMs: () => (monoMs += 0.01) } })
  expect(throttle.begin({ loginName: 'admin', address: '127.0.0.1', knownAddress: false })).toBe(0)
})
