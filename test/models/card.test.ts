import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../gateway/face/model-manifest.js'
import { cardBlocks, withBlocks } from '../../models/card-render.js'
import { readMeasured } from '../../models/eval/measured.js'
import { MEASURED } from '../../models/eval/tool.js'
import { ROOT } from '../tidy/source-tree.js'

describe('model card', async () => {
  const card = readFileSync(join(ROOT, 'models/README.md'), 'utf8')
  const manifest = await readManifest(join(ROOT, 'models/manifest.json'))
  const measured = await readMeasured(MEASURED)
  const blocks = cardBlocks(measured, manifest)

  for (const [name, block] of Object.entries(blocks)) {
    it(`its part "${name}" is what was measured (npm run models:card writes it)`, () => {
      expect(new RegExp(`<!-- ${name} -->\n([\\s\\S]*?)\n<!-- /${name} -->`).exec(card)?.[1]).toBe(block)
    })
  }

  it('tells of these weights: every run is of the shipped model', () => {
    expect(Object.keys(measured).length).toBeGreaterThan(0)
    for (const { modelId } of Object.values(measured)) expect(modelId).toBe(manifest.modelId)
  })

  it('the tail in the manifest is the measured one', () => {
    const tails = Object.values(measured).flatMap((run) => (run.tool === 'face:eval' && run.result.tail !== null ? [run.result.tail.tail] : []))
    expect(tails).toEqual([manifest.settings.strangerTail])
  })

  it('the liveness that was measured is at the shipped thresholds', () => {
    for (const run of Object.values(measured)) {
      if (run.tool === 'face:liveness') expect(run.result).toMatchObject({ livenessMin: manifest.settings.livenessMin, livenessEarly: manifest.settings.livenessEarly })
    }
  })

  it('keeps no name of a person or picture', () => {
    expect(readFileSync(MEASURED, 'utf8')).not.toMatch(/\.jpe?g|\.png|_0\d{3}\b/)
  })

  it('without the marks of a part is refused by its name', () => {
    expect(() => withBlocks('# Card', { runs: 'x' })).toThrow(expect.objectContaining({ code: 'MD_RECORD', details: expect.objectContaining({ block: 'runs' }) }))
    expect(withBlocks('a\n<!-- runs -->\nold $1\n<!-- /runs -->\nb', { runs: 'new $1' })).toBe('a\n<!-- runs -->\nnew $1\n<!-- /runs -->\nb')
  })
})
