import { SEGMENT_ROWS, type RowStore } from './row-store.js'
import type { WasmMemory } from './wasm-memory.js'

/** Rows that may need their exact score before the whole gallery is scored in float32 instead. */
const CANDIDATES_MAX = 1_024
const QUERY_MAX = 8_191
const BEST_BYTES = 16
/** An int8 row is at most a hundredth longer than one; the rest covers the rounding of this bound itself. */
const ROW_LENGTH_MAX = 1.05
/** Slot of no person. */
export const NOBODY = 0

export interface PersonScore {
  readonly score: number
  /** Slot number of the person. */
  readonly person: number
}

export interface RowSearch {
  /** The best person and the best other one, as a plain float32 scan would find them; fewer where there are fewer. */
  nearestPersons(embedding: Float32Array, permits: number): readonly PersonScore[]
  /** Gives each row's exact cosine to the embedding, until the next search. */
  scorerOf(embedding: Float32Array): (row: number) => number
}

/** Exact search in two steps: certified int8 bounds for every row, float32 for the rows that can still be best. */
export function createRowSearch(memory: WasmMemory, store: RowStore, dimensions: number): RowSearch {
  const query = { floats: memory.allocate(dimensions * 4), ints: memory.allocate(dimensions * 2) }
  const best = memory.allocate(BEST_BYTES)
  const found = memory.allocate(CANDIDATES_MAX * 4)

  const bestNow = (): PersonScore[] => {
    const view = new DataView(memory.buffer, best, BEST_BYTES)
    return [0, 8].map((at) => ({ score: view.getFloat32(at, true), person: view.getUint32(at + 4, true) })).filter(({ person }) => person !== NOBODY)
  }
  const resetBest = (): void => {
    const view = new DataView(memory.buffer, best, BEST_BYTES)
    for (const at of [0, 8]) {
      view.setFloat32(at, -Infinity, true)
      view.setUint32(at + 4, NOBODY, true)
    }
  }
  const scoreOf = (row: number): number => memory.kernel.scoreRow(store.tileOf(row), row & 3, dimensions, query.floats)
  /** Rows that can be the best of the best or of the second person, or undefined where they are too many. */
  const candidates = (embedding: Float32Array, permits: number): Uint32Array | undefined => {
    new Float32Array(memory.buffer, query.floats, dimensions).set(embedding)
    const { factor, error } = quantiseQuery(embedding, new Int16Array(memory.buffer, query.ints, dimensions))
    resetBest()
    store.segments.forEach((s, index) => memory.kernel.scanInt8(
      s.bytes, store.tilesOf(index), dimensions, query.ints, factor, error, s.scales, s.errors, s.persons, permits, s.scores, best))
    // Both persons of the two best lower bounds truly reach the second: no row below it can be among the best two.
    const atLeast = bestNow().at(-1)?.score ?? 0
    let count = 0
    for (const [index, s] of store.segments.entries()) {
      count = memory.kernel.collect(
        store.tilesOf(index), atLeast, error, s.errors, s.persons, permits, s.scores, index * SEGMENT_ROWS, found, count, CANDIDATES_MAX)
      if (count > CANDIDATES_MAX) return undefined
    }
    return new Uint32Array(memory.buffer, found, count)
  }
  const rescored = (rows: Uint32Array): PersonScore[] => {
    const scores = new Map<number, number>()
    for (const row of rows) {
      const person = store.personOf(row)
      const score = scoreOf(row)
      scores.set(person, Math.max(score, scores.get(person) ?? -Infinity))
    }
    return [...scores].map(([person, score]) => ({ person, score })).sort((a, b) => b.score - a.score).slice(0, 2)
  }
  const scanned = (permits: number): PersonScore[] => {
    resetBest()
    store.segments.forEach((s, index) => memory.kernel.scanFloat(
      s.floats, store.tilesOf(index), dimensions, query.floats, s.persons, permits, best))
    return bestNow()
  }
  return {
    nearestPersons(embedding, permits) {
      const rows = candidates(embedding, permits)
      return rows === undefined ? scanned(permits) : rescored(rows)
    },
    scorerOf(embedding) {
      new Float32Array(memory.buffer, query.floats, dimensions).set(embedding)
      return scoreOf
    },
  }
}

/** Writes the query as int16. @returns its unit, and how far a score may be off because of it */
function quantiseQuery(embedding: Float32Array, ints: Int16Array): { factor: number; error: number } {
  let peak = 0
  for (const value of embedding) peak = Math.max(peak, Math.abs(value))
  const factor = Math.fround(peak === 0 ? 1 : peak / QUERY_MAX)
  let squares = 0
  for (let i = 0; i < embedding.length; i++) {
    const value = embedding[i] as number
    const int = Math.round(value / factor)
    ints[i] = int
    squares += (value - factor * int) ** 2
  }
  return { factor, error: Math.sqrt(squares) * ROW_LENGTH_MAX }
}
