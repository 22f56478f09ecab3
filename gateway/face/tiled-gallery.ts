import type { Gallery } from './gallery.js'
import type { MatchResult } from './match.js'
import { SEGMENT_ROWS, createRowStore } from './row-store.js'
import { createWasmMemory, type WasmMemory } from './wasm-memory.js'

/** Rows that may need their exact score before the whole gallery is scored in float32 instead. */
const CANDIDATES_MAX = 1_024
const QUERY_MAX = 8_191
const BEST_BYTES = 16
const NOBODY = 0

interface Permit {
  /** One byte a person slot, in the kernel's memory: 1 where compared with. */
  address: number
  capacity: number
  persons: ReadonlySet<string>
  size: number
}

interface Person {
  readonly slot: number
  /** Indexes into the row store. */
  rows: number[]
}

/**
 * A gallery for large estates: exact like a plain scan of every template, at the cost of reading one byte a dimension
 * (int8 scan with certified bounds, float32 for the rows that can still be best). Changes write single rows in place.
 * One thread; nothing waits between a change and a query, so no query sees half a change.
 */
export function createTiledGallery(dimensions: number, memory: WasmMemory = createWasmMemory()): Gallery {
  const store = createRowStore(memory, dimensions)
  const persons = new Map<string, Person>()
  const refs: Array<string | undefined> = [undefined]
  const freeSlots: number[] = []
  const permits = new Map<string, Permit>()
  const query = { floats: memory.allocate(dimensions * 4), ints: memory.allocate(dimensions * 2) }
  const best = memory.allocate(BEST_BYTES)
  const found = memory.allocate(CANDIDATES_MAX * 4)

  const mark = (permit: Permit, slot: number, value: 0 | 1): void => {
    if (slot >= permit.capacity) {
      const capacity = Math.max(1_024, 2 ** Math.ceil(Math.log2(slot + 1)))
      const address = memory.allocate(capacity)
      new Uint8Array(memory.buffer, address, permit.capacity).set(new Uint8Array(memory.buffer, permit.address, permit.capacity))
      Object.assign(permit, { address, capacity })
    }
    const cell = new Uint8Array(memory.buffer, permit.address + slot, 1)
    permit.size += value - (cell[0] as number)
    cell[0] = value
  }
  /** Every permit covers every slot, so that the kernel needs no bounds. */
  const enter = (personRef: string, slot: number): void => {
    for (const permit of permits.values()) mark(permit, slot, permit.persons.has(personRef) ? 1 : 0)
  }
  const removePerson = (personRef: string): void => {
    const person = persons.get(personRef)
    if (person === undefined) return
    for (const row of person.rows.toSorted((a, b) => b - a)) {
      const last = store.rowCount() - 1
      const mover = store.remove(row)
      if (mover === NOBODY) continue
      const moved = persons.get(refs[mover] as string) as Person
      moved.rows[moved.rows.indexOf(last)] = row
    }
    persons.delete(personRef)
    for (const permit of permits.values()) mark(permit, person.slot, 0)
    refs[person.slot] = undefined
    freeSlots.push(person.slot)
  }

  /** Writes the query in both forms. @returns its int16 unit and how far a score may be off because of it */
  const loadQuery = (embedding: Float32Array): { factor: number; error: number } => {
    new Float32Array(memory.buffer, query.floats, dimensions).set(embedding)
    const ints = new Int16Array(memory.buffer, query.ints, dimensions)
    let peak = 0
    for (let i = 0; i < dimensions; i++) peak = Math.max(peak, Math.abs(embedding[i] as number))
    const factor = Math.fround(peak === 0 ? 1 : peak / QUERY_MAX)
    let squares = 0
    for (let i = 0; i < dimensions; i++) {
      const value = embedding[i] as number
      ints[i] = Math.round(value / factor)
      squares += (value - factor * (ints[i] as number)) ** 2
    }
    // The int8 row is at most a hundredth longer than one; 1.05 covers it and the rounding.
    return { factor, error: Math.sqrt(squares) * 1.05 }
  }
  const bestNow = (): Array<{ score: number; person: number }> => {
    const view = new DataView(memory.buffer, best, BEST_BYTES)
    return [0, 8].map((at) => ({ score: view.getFloat32(at, true), person: view.getUint32(at + 4, true) }))
  }
  const resetBest = (): void => {
    const view = new DataView(memory.buffer, best, BEST_BYTES)
    for (const at of [0, 8]) { view.setFloat32(at, -Infinity, true); view.setUint32(at + 4, NOBODY, true) }
  }
  /** Rows that can be the best of the best or of the second person, or undefined where they are too many. */
  const candidates = (permit: Permit, embedding: Float32Array): Uint32Array | undefined => {
    const { factor, error } = loadQuery(embedding)
    resetBest()
    store.segments.forEach((s, index) => memory.kernel.scanInt8(
      s.bytes, store.tilesOf(index), dimensions, query.ints, factor, error, s.scales, s.errors, s.persons, permit.address, s.scores, best))
    const [first, second] = bestNow()
    const atLeast = second?.person === NOBODY ? (first?.score ?? 0) : (second?.score ?? 0)
    let count = 0
    for (const [index, s] of store.segments.entries()) {
      count = memory.kernel.collect(
        store.tilesOf(index), atLeast, error, s.errors, s.persons, permit.address, s.scores, index * SEGMENT_ROWS, found, count, CANDIDATES_MAX)
      if (count > CANDIDATES_MAX) return undefined
    }
    return new Uint32Array(memory.buffer, found, count)
  }
  const exact = (rows: Uint32Array): Array<{ score: number; person: number }> => {
    const scores = new Map<number, number>()
    for (const row of rows) {
      const person = store.personOf(row)
      const score = memory.kernel.scoreRow(store.tileOf(row), row & 3, dimensions, query.floats)
      scores.set(person, Math.max(score, scores.get(person) ?? -Infinity))
    }
    return [...scores].map(([person, score]) => ({ person, score })).sort((a, b) => b.score - a.score)
  }
  const scanAll = (permit: Permit): Array<{ score: number; person: number }> => {
    resetBest()
    store.segments.forEach((s, index) => memory.kernel.scanFloat(
      s.floats, store.tilesOf(index), dimensions, query.floats, s.persons, permit.address, best))
    return bestNow().filter(({ person }) => person !== NOBODY)
  }
  return {
    setPerson(personRef, embeddings) {
      const copies = embeddings.map((embedding) => Float32Array.from(embedding))
      removePerson(personRef)
      if (copies.length === 0) return
      const slot = freeSlots.pop() ?? refs.length
      refs[slot] = personRef
      persons.set(personRef, { slot, rows: copies.map((embedding) => store.append(embedding, slot)) })
      enter(personRef, slot)
    },
    removePerson,
    permit(galleryKey, personRefs) {
      const permit = permits.get(galleryKey) ?? { address: 0, capacity: 0, persons: new Set<string>(), size: 0 }
      permit.persons = new Set(personRefs)
      permits.set(galleryKey, permit)
      mark(permit, refs.length - 1, 0)
      for (const [personRef, { slot }] of persons) mark(permit, slot, permit.persons.has(personRef) ? 1 : 0)
    },
    match(galleryKey, embedding): MatchResult {
      const permit = permits.get(galleryKey)
      if (permit === undefined || permit.size === 0) return { gallerySize: 0, personRef: null, score: null, margin: null }
      const rows = candidates(permit, embedding)
      const [first, second] = rows === undefined ? scanAll(permit) : exact(rows)
      if (first === undefined) throw new Error('no candidate in a set that is not empty')
      const score = clamp(first.score)
      const margin = second === undefined ? 2 : score - clamp(second.score)
      return { gallerySize: permit.size, personRef: refs[first.person] ?? null, score, margin }
    },
    size: () => persons.size,
  }
}

/** Float rounding may carry a cosine a hair out of −1 to 1. */
const clamp = (cosine: number): number => Math.max(-1, Math.min(1, cosine))
