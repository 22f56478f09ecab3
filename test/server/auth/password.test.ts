import { describe, expect, it } from 'vitest'
import { createPasswordHash, madeUpPassword } from '../../../server/auth/password-hash.js'
import { passwordProblem } from '../../../server/auth/password-rules.js'
import { seededRandom, systemRandom } from '../../../gateway/kernel/random.js'

describe('password rules', () => {
  it.each([
    ['short', 'must have at least 12 characters'], ['elevenchars', 'must have at least 12 characters'], ['a'.repeat(129) + 'bcdefg', 'must have at most 128 characters'],
    ['aaaaaaaaaaaabbb', 'must have at least 5 different characters'], ['my-Name-is-Li-Ming', 'must not contain the login name'],
    ['my Password 2026', 'must not contain password'], ['江门123456小区abc', 'must not contain 123456'],
    ['correct horse staple', undefined], ['一二三四五六七八九十百千', undefined], ['tr0ub4dor&3xyz', undefined],
  ])('%.30s: %s', (password, problem) => expect(passwordProblem(password, 'li-ming')).toBe(problem))

  it('let every made-up password pass', () => {
    const random = seededRandom(7)
    for (let i = 0; i < 200; i++) {
      const password = madeUpPassword(random)
      expect([password.length, passwordProblem(password, 'admin')]).toEqual([24, undefined])
    }
  })
})

describe('password hash', () => {
  it('is argon2id with its own salt, and says nothing but whether it matches', async () => {
    const passwords = createPasswordHash({ random: systemRandom })
    const [first, second] = [await passwords.make('correct horse'), await passwords.make('correct horse')]
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(first).not.toBe(second)
    expect(await passwords.matches(first, 'correct horse')).toBe(true)
    expect(await passwords.matches(first, 'correct horsf')).toBe(false)
    expect(await passwords.matches(null, 'correct horse')).toBe(false)
  })

  it('works as hard for nobody as for somebody', async () => {
    const passwords = createPasswordHash({ random: systemRandom })
    const stored = await passwords.make('correct horse')
    // Processor time, not the clock: other processes do not count.
    const effort = async (of: string | null): Promise<number> => {
      const before = process.cpuUsage()
      for (let i = 0; i < 8; i++) await passwords.matches(of, 'wrong')
      return process.cpuUsage(before).user
    }
    await effort(null)
    const ratio = (await effort(null)) / (await effort(stored))
    expect(ratio).toBeGreaterThan(0.4)
    expect(ratio).toBeLessThan(2.5)
  })
})
