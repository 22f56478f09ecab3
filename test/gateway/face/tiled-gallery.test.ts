import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Gallery } from '../../../gateway/face/gallery.js'
import { createPlainGallery } from '../../support/plain-gallery.js'
import { createTiledGallery } from '../../../gateway/face/tiled-gallery.js'
import { createWasmMemory } from '../../../gateway/face/wasm-memory.js'
import { seededRandom } from '../../../gateway/kernel/random.js'

const DIMENSIONS = 128
const KERNEL = new URL('../../../dist/gateway/face/wasm/match-kernel.wasm', import.meta.url)

function unit(random: () => number, dimensions = DIMENSIONS): Float32Array {
  const values = Float32Array.from({ length: dimensions }, () => random() + random() + random() - 1.5)
  const length = Math.hypot(...values)
  return values.map((value) => value / length)
}

/** A vector at about the given cosine to another. */
function near(other: Float32Array, cosine: number, random: () => number): Float32Array {
  const noise = unit(random, other.length)
  const mixed = other.map((value, i) => cosine * value + Math.sqrt(1 - cosine * cosine) * (noise[i] as number))
  const length = Math.hypot(...mixed)
  return mixed.map((value) => value / length)
}

const both = (): { tiled: Gallery; plain: Gallery; each(change: (gallery: Gallery) => void): void } => {
  const tiled = createTiledGallery(DIMENSIONS, createWasmMemory(KERNEL))
  const plain = createPlainGallery()
  return { tiled, plain, each(change) { change(tiled); change(plain) } }
}

function expectSame(tiled: Gallery, plain: Gallery, key: string, query: Float32Array): void {
  const a = tiled.match(key, query)
  const b = plain.match(key, query)
  expect(a.gallerySize).toBe(b.gallerySize)
  expect(a.score === null).toBe(b.score === null)
  if (a.score === null || b.score === null || a.margin === null || b.margin === null) return
  expect(Math.abs(a.score - b.score)).toBeLessThan(2e-6)
  expect(Math.abs(a.margin - b.margin)).toBeLessThan(4e-6)
  if (b.margin > 4e-6) expect([a.personRef, a.lookAlike]).toEqual([b.personRef, b.lookAlike])
}

/** Who is on the bar itself may fall on either side of it. */
const namesOf = (found: ReturnType<Gallery['resembling']>, bar: number): string[] =>
  found.filter(({ score }) => Math.abs(score - bar) > 2e-6).map(({ personRef }) => personRef).sort()

describe('tiled gallery', () => {
  it('finds what a plain scan finds, whatever is added, changed, removed and permitted in between', () => {
    const change = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), person: fc.integer({ min: 0, max: 40 }), templates: fc.integer({ min: 0, max: 4 }), seed: fc.integer(),
        lookAlikes: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('remove' as const), person: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ kind: fc.constant('permit' as const), key: fc.constantFrom('east', 'west'), persons: fc.uniqueArray(fc.integer({ min: 0, max: 40 })) }),
      fc.record({ kind: fc.constant('query' as const), key: fc.constantFrom('east', 'west', 'nowhere'), seed: fc.integer() }),
    )
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 120 }), (changes) => {
      const { tiled, plain, each } = both()
      each((gallery) => gallery.permit('east', Array.from({ length: 41 }, (_, i) => `p${i}`)))
      for (const step of changes) {
        const random = seededRandom('seed' in step ? step.seed : 0).float
        if (step.kind === 'set') {
          const templates = Array.from({ length: step.templates }, () => unit(random))
          each((gallery) => gallery.setPerson(`p${step.person}`, templates, step.lookAlikes.map((i) => `p${i}`)))
        } else if (step.kind === 'remove') each((gallery) => gallery.removePerson(`p${step.person}`))
        else if (step.kind === 'permit') each((gallery) => gallery.permit(step.key, step.persons.map((i) => `p${i}`)))
        else {
          const query = unit(random)
          expectSame(tiled, plain, step.key, query)
          expect(namesOf(tiled.resembling(query, 0.1), 0.1)).toEqual(namesOf(plain.resembling(query, 0.1), 0.1))
        }
        expect(tiled.size()).toBe(plain.size())
      }
    }), { numRuns: 150 })
  })

  it('stays exact over several segments and with look-alikes closer than the int8 step', () => {
    const { tiled, plain, each } = both()
    const random = seededRandom(11).float
    const persons = Array.from({ length: 2_000 }, (_, i) => ({ ref: `p${i}`, templates: [unit(random), unit(random), unit(random)] }))
    const twin = persons[7]?.templates[0] as Float32Array
    for (let i = 0; i < 50; i++) persons.push({ ref: `twin${i}`, templates: [near(twin, 0.9999, random)] })
    each((gallery) => {
      for (const person of persons) gallery.setPerson(person.ref, person.templates)
      gallery.permit('all', persons.map(({ ref }) => ref))
    })
    for (let i = 0; i < 200; i++) {
      const owner = persons[Math.floor(random() * persons.length)]?.templates[0] as Float32Array
      expectSame(tiled, plain, 'all', i % 3 === 0 ? near(twin, 0.9998, random) : i % 3 === 1 ? near(owner, 0.6, random) : unit(random))
    }
  })

  it('works on after a whole segment emptied', () => {
    const { tiled, plain, each } = both()
    const random = seededRandom(9).float
    const persons = Array.from({ length: 4_100 }, (_, i) => ({ ref: `p${i}`, template: unit(random) }))
    each((gallery) => {
      for (const { ref, template } of persons) gallery.setPerson(ref, [template])
      gallery.permit('all', persons.map(({ ref }) => ref))
      for (const { ref } of persons.slice(0, 20)) gallery.removePerson(ref)
    })
    for (let i = 0; i < 20; i++) expectSame(tiled, plain, 'all', unit(random))
  })

  it('falls back to the plain scan where more rows are alike than candidates fit', () => {
    const { tiled, plain, each } = both()
    const random = seededRandom(5).float
    const centre = unit(random)
    const crowd = Array.from({ length: 1_500 }, (_, i) => ({ ref: `c${i}`, template: near(centre, 0.999_999, random) }))
    each((gallery) => {
      for (const { ref, template } of crowd) gallery.setPerson(ref, [template])
      gallery.permit('all', crowd.map(({ ref }) => ref))
    })
    for (let i = 0; i < 20; i++) expectSame(tiled, plain, 'all', near(centre, 0.999, random))
  })

  it('compares with nobody under an unknown key, and with nobody who left', () => {
    const { tiled } = both()
    const face = unit(seededRandom(3).float)
    tiled.setPerson('a', [face])
    expect(tiled.match('gate', face)).toEqual({ gallerySize: 0, personRef: null, score: null, margin: null })
    tiled.permit('gate', ['a', 'late'])
    expect(tiled.match('gate', face)).toMatchObject({ gallerySize: 1, personRef: 'a', margin: 2 })
    tiled.setPerson('late', [near(face, 0.5, seededRandom(4).float)])
    expect(tiled.match('gate', face)).toMatchObject({ gallerySize: 2, personRef: 'a' })
    tiled.removePerson('a')
    expect(tiled.match('gate', face)).toMatchObject({ gallerySize: 1, personRef: 'late' })
  })

  it('counts a look-alike who may not pass here as a rival, until either has other templates or goes', () => {
    const { tiled } = both()
    const random = seededRandom(8).float
    const face = unit(random)
    const twin = near(face, 0.7, random)
    const match = () => tiled.match('gate', face)
    tiled.permit('gate', ['a'])
    tiled.setPerson('twin', [twin])
    tiled.setPerson('a', [near(face, 0.9, random)])
    expect(match()).toMatchObject({ personRef: 'a', margin: 2 })
    expect(match()).not.toHaveProperty('lookAlike')
    tiled.setPerson('a', [near(face, 0.9, random)], ['twin'])
    const { score, margin } = match()
    expect(match()).toMatchObject({ personRef: 'a', gallerySize: 1, lookAlike: true })
    expect(Number(score) - Number(margin)).toBeCloseTo(twin.reduce((sum, value, i) => sum + value * (face[i] as number), 0), 5)
    tiled.setPerson('twin', [unit(random)])
    expect(match()).toMatchObject({ margin: 2 })
    tiled.setPerson('twin', [twin], ['a'])
    expect(match()).toMatchObject({ lookAlike: true })
    tiled.removePerson('twin')
    expect(match()).toMatchObject({ margin: 2 })
  })

  it('refuses an embedding of another length', () => {
    expect(() => both().tiled.setPerson('a', [new Float32Array(64)])).toThrow('64 dimensions, expected 128')
  })
})
