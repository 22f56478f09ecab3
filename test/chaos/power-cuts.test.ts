import { describe, expect, it } from 'vitest'
import { missing } from '../flow/support/gateway-rig.js'
import { runPowerCuts } from './power-cuts.js'

const absent = missing()
if (absent !== undefined) console.warn(`the power cuts are skipped: ${absent}`)

/** A few of `npm run chaos -- --processes`: the whole campaign is a command of its own. */
describe('a power cut in the middle of the gateway\'s work', () => {
  it('loses nothing that was acknowledged to a device or to the server', { timeout: 300_000 }, async (ctx) => {
    if (absent !== undefined) return ctx.skip(absent)
    const lines: string[] = []
    const report = await runPowerCuts({ seed: 20_261_123, cuts: 2, onLine: (line) => lines.push(line) })
    if (report.missing !== undefined) {
      console.warn(`the power cuts are skipped: ${report.missing}`)
      return ctx.skip(report.missing)
    }
    expect(report.violations, lines.join('\n')).toEqual([])
    expect(report.cuts).toBeGreaterThan(0)
    expect(report.acknowledged).toBeGreaterThan(0)
  })
})
