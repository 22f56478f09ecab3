import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../gateway/package-root.js'
import { benchHostile } from '../bench/hostile.js'
import { ATTACK_NAMES } from '../bench/hostile-attacks.js'
import { missing } from './support/gateway-rig.js'

const absent = missing() ?? (existsSync(join(packageRoot(), 'dist', 'test', 'bench', 'hostile-attacks.js')) ? undefined : 'needs dist/test/bench: run the set-up first')
if (absent !== undefined) console.warn(`the hostile device is skipped: ${absent}`)

describe('a device that went bad, at a real gateway process', () => {
  it('opens nothing, hears nothing of others, ends nothing, and no event of another device is lost', async (ctx) => {
    if (absent !== undefined) ctx.skip(absent)
    const { attacks, doorCommands, doorsOpened, events, memory, exitCode, ...figures } = await benchHostile({ seconds: 1, rounds: 1, seed: 20_261_123, attacks: [] })
    console.info(JSON.stringify({ worstRatio: figures.worstRatio, rejected: figures.rejected, memory }))
    expect(Object.keys(attacks)).toEqual(ATTACK_NAMES)
    for (const [name, { connections, packets, heard, p99During }] of Object.entries(attacks)) {
      expect([name, connections > 0, name === 'slow-loris' || packets > 0, heard, Number.isFinite(p99During)]).toEqual([name, true, true, 0, true])
    }
    expect({ doorCommands, doorsOpened, exitCode }).toEqual({ doorCommands: 0, doorsOpened: 0, exitCode: 0 })
    expect(events.logged).toBe(events.sent)
    expect(memory.afterMiB - memory.beforeMiB).toBeLessThan(100)
  }, 240_000)
})
