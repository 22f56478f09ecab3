import { freemem } from 'node:os'
import { MetricKind, exactSearch } from 'usearch'
import { seededRandom } from '#kernel/random.js'
import { createTiledGallery } from '../../gateway/face/tiled-gallery.js'
import { gaussianUnit } from './synthetic.js'
import { interleave, type Spread } from './timing.js'

const DIMENSIONS = 512
const BYTES_PER_ROW = DIMENSIONS * 4

export interface MatchBenchRow {
  readonly rows: number
  readonly ms: Record<string, Spread>
  readonly perLibrary: number
  readonly perReadFloor: number
  readonly writeOnePersonMs: number
  readonly agree: boolean
}

/** Bytes a row: the matrix, the gallery's floats and bytes, and as many again that are only read. */
const BYTES_HELD_PER_ROW = 4 * BYTES_PER_ROW

/** Every size for which the machine has the memory; the others say what they would need. */
export async function benchMatches(sizes: readonly number[], rounds: number): Promise<Array<MatchBenchRow | { readonly rows: number; readonly skipped: string }>> {
  const results = []
  for (const rows of sizes) {
    const [neededMiB, freeMiB] = [rows * BYTES_HELD_PER_ROW, freemem()].map((bytes) => Math.round(bytes / 2 ** 20)) as [number, number]
    results.push(neededMiB < freeMiB ? await benchMatch(rows, rounds) : { rows, skipped: `needs ${neededMiB} MiB, ${freeMiB} are free` })
  }
  return results
}

/**
 * Exact best and best-of-another person among `rows` × 512, beside usearch's exact search on one thread and beside
 * reading as many bytes once (`memchr` over a buffer that lacks the byte), in one interleaved run.
 */
async function benchMatch(rows: number, rounds: number): Promise<MatchBenchRow> {
  const random = seededRandom(rows).float
  const matrix = new Float32Array(rows * DIMENSIONS)
  const gallery = createTiledGallery(DIMENSIONS)
  const refs: string[] = []
  for (let row = 0; row < rows; row++) {
    const template = gaussianUnit(random, matrix.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS))
    gallery.setPerson(String(row), [template])
    refs.push(String(row))
  }
  gallery.permit('all', refs)
  const queries = Array.from({ length: rounds + 2 }, (_, i) => {
    const own = matrix.subarray((i * 97 % rows) * DIMENSIONS, (i * 97 % rows + 1) * DIMENSIONS)
    const noise = gaussianUnit(random, new Float32Array(DIMENSIONS))
    return i % 2 === 0 ? noise : gaussianUnit(() => 0.5, new Float32Array(DIMENSIONS)).map((_, k) => 0.6 * (own[k] as number) + 0.8 * (noise[k] as number))
  })
  const absent = Buffer.alloc(rows * BYTES_PER_ROW, 2)
  let agree = true
  const { spreads, ratio } = await interleave({
    readFloor: () => absent.includes(1),
    shipped: (i) => gallery.match('all', queries[i] as Float32Array),
    library: (i) => exactSearch(matrix, queries[i] as Float32Array, DIMENSIONS, 2, MetricKind.IP, 1),
    check: (i) => {
      const mine = gallery.match('all', queries[i] as Float32Array)
      const theirs = exactSearch(matrix, queries[i] as Float32Array, DIMENSIONS, 2, MetricKind.IP, 1)
      agree &&= mine.personRef === String(Array.from((theirs as unknown as { keys: BigUint64Array }).keys)[0])
    },
  }, rounds)
  const writes = await interleave({ write: (i) => gallery.setPerson(`new${i}`, [queries[i] as Float32Array]) }, Math.min(rounds, 20))
  delete spreads['check']
  return { rows, ms: spreads, perLibrary: ratio('shipped', 'library'), perReadFloor: ratio('shipped', 'readFloor'), writeOnePersonMs: writes.spreads['write']?.p50 ?? Number.NaN, agree }
}
