import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../../gateway/face/model-manifest.js'
import { duplicateFrom, resemblancesOf } from '../../../gateway/face/resemblance.js'
import { limitsFor } from '../../../gateway/face/threshold.js'
import { createPlainGallery } from '../../support/plain-gallery.js'
import { MANIFEST } from './support/demo-faces.js'

const { settings } = await readManifest(MANIFEST)
const sizes = fc.integer({ min: 0, max: 1_000_000 })
/** In the plane, so that cosines are those of angles. */
const at = (degrees: number): Float32Array => Float32Array.from([Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)])
const angles = fc.array(fc.integer({ min: 0, max: 359 }), { maxLength: 12 })

describe('resemblance to those enrolled', () => {
  it('a duplicate needs more where more are enrolled, and never less than the floor', () => {
    fc.assert(fc.property(sizes, sizes, (one, other) => {
      const [fewer, more] = one < other ? [one, other] : [other, one]
      expect(duplicateFrom(more, settings)).toBeGreaterThanOrEqual(duplicateFrom(fewer, settings))
      expect(duplicateFrom(fewer, settings)).toBeGreaterThanOrEqual(settings.duplicateMin)
    }))
  })

  it('who would be let in at a gate as somebody else is at least a look-alike, however many are enrolled', () => {
    fc.assert(fc.property(sizes, (size) => {
      expect(settings.lookAlikeMin).toBeLessThan(duplicateFrom(size, settings))
      expect(settings.lookAlikeMin).toBeLessThan(limitsFor(size, settings).matchThreshold)
      expect(settings.lookAlikeMarginMin).toBeGreaterThan(limitsFor(size, settings).marginMin)
    }))
  })

  it('nobody is matched below one half, whatever the site sets', () => {
    fc.assert(fc.property(sizes, fc.double({ min: 0.5, max: 0.95, noNaN: true }), (size, matchThreshold) => {
      expect(limitsFor(size, { ...settings, matchThreshold }).matchThreshold).toBeGreaterThanOrEqual(0.5)
    }))
  })

  it('names everybody near enough and nobody else, the nearest first, and never the person', () => {
    fc.assert(fc.property(angles, fc.integer({ min: 0, max: 359 }), (enrolled, angle) => {
      const gallery = createPlainGallery()
      enrolled.forEach((degrees, index) => gallery.setPerson(`p${index}`, [at(degrees)]))
      gallery.setPerson('own', [at(angle)])
      const found = resemblancesOf(gallery, 'own', [at(angle)], settings)
      const sameFrom = duplicateFrom(gallery.size(), settings)
      expect(found.map(({ personRef }) => personRef)).not.toContain('own')
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a))
      for (const [index, degrees] of enrolled.entries()) {
        const score = Math.cos(((degrees - angle) * Math.PI) / 180)
        // Within float32 of a bar either side is right.
        if (Math.min(Math.abs(score - sameFrom), Math.abs(score - settings.lookAlikeMin)) < 1e-6) continue
        const expected = score >= sameFrom ? 'same' : score >= settings.lookAlikeMin ? 'alike' : undefined
        expect(found.find(({ personRef }) => personRef === `p${index}`)?.kind).toBe(expected)
      }
    }))
  })
})
