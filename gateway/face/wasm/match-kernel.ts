// AssemblyScript, compiled to SIMD WebAssembly by the setup. Exact nearest rows of a gallery in two steps: an int8 scan
// that bounds every row's cosine from both sides, then float32 scores of the few rows that can still be among the best.
//
// Layout of one segment of rows, in tiles of 4 rows whose 64-byte chunks alternate (row 0, 1, 2, 3, then the next
// chunk of row 0): the reads of a tile are one forward stream, which the hardware prefetcher follows.

/** best lower bound f32, its person u32, second-best lower bound of another person f32, its person u32 */
const BEST_1: usize = 0
const PERSON_1: usize = 4
const BEST_2: usize = 8
const PERSON_2: usize = 12

/** Sums of four vectors of four, as one vector. */
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7))
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7))
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7))
}

/** Takes a row's score into the best two persons. Person 0 is nobody; `permits[person]` is 1 where compared with. */
function consider(score: f32, person: u32, permits: usize, best: usize): void {
  if (load<u8>(permits + person) == 0) return
  if (person == load<u32>(best, PERSON_1)) {
    if (score > load<f32>(best, BEST_1)) store<f32>(best, score, BEST_1)
  } else if (score > load<f32>(best, BEST_1)) {
    store<f32>(best, load<f32>(best, BEST_1), BEST_2)
    store<u32>(best, load<u32>(best, PERSON_1), PERSON_2)
    store<f32>(best, score, BEST_1)
    store<u32>(best, person, PERSON_1)
  } else if (score > load<f32>(best, BEST_2)) {
    store<f32>(best, score, BEST_2)
    store<u32>(best, person, PERSON_2)
  }
}

/**
 * Scores `tiles` tiles of int8 rows against a query of int16 and keeps, over all calls with the same `best`, the two
 * best lower bounds of different persons. `dimensions` is a multiple of 64.
 * @param scales f32 a row: cosine of one int8 × int16 unit, without the query's factor
 * @param errors f32 a row: how far the true cosine may be from the score, without the query's part
 * @param scores f32 a row, written
 */
export function scanInt8(
  rows: usize, tiles: u32, dimensions: u32, query: usize, queryFactor: f32, queryError: f32,
  scales: usize, errors: usize, persons: usize, permits: usize, scores: usize, best: usize,
): void {
  const factor = f32x4.splat(queryFactor)
  const slack = f32x4.splat(queryError)
  const chunks = dimensions >> 6
  let row = rows
  for (let tile: u32 = 0; tile < tiles; tile++) {
    let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0)
    let q = query
    for (let chunk: u32 = 0; chunk < chunks; chunk++) {
      for (let part: u32 = 0; part < 8; part++) {
        const values = v128.load(q)
        a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load8x8_s(row, 0), values))
        b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load8x8_s(row, 64), values))
        c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load8x8_s(row, 128), values))
        d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load8x8_s(row, 192), values))
        q += 16
        row += 8
      }
      row += 192
    }
    const at: usize = (<usize>tile) << 4
    const score = f32x4.mul(f32x4.convert_i32x4_s(sums(a, b, c, d)), f32x4.mul(factor, v128.load(scales + at)))
    v128.store(scores + at, score)
    const low = f32x4.sub(f32x4.sub(score, v128.load(errors + at)), slack)
    if (v128.any_true(f32x4.gt(low, f32x4.splat(load<f32>(best, BEST_2))))) {
      consider(f32x4.extract_lane(low, 0), load<u32>(persons + at), permits, best)
      consider(f32x4.extract_lane(low, 1), load<u32>(persons + at, 4), permits, best)
      consider(f32x4.extract_lane(low, 2), load<u32>(persons + at, 8), permits, best)
      consider(f32x4.extract_lane(low, 3), load<u32>(persons + at, 12), permits, best)
    }
  }
}

/**
 * Lists the permitted rows whose upper bound reaches `atLeast`, from index `firstRow` on.
 * @returns how many there are now in `found` (u32 each); `foundMax` + 1 where they are more than fit
 */
export function collect(
  tiles: u32, atLeast: f32, queryError: f32, errors: usize, persons: usize, permits: usize, scores: usize,
  firstRow: u32, found: usize, count: u32, foundMax: u32,
): u32 {
  const bar = f32x4.splat(atLeast - queryError)
  for (let tile: u32 = 0; tile < tiles; tile++) {
    const at: usize = (<usize>tile) << 4
    const reach = f32x4.ge(f32x4.add(v128.load(scores + at), v128.load(errors + at)), bar)
    if (!v128.any_true(reach)) continue
    const lanes = i32x4.bitmask(reach)
    for (let lane: u32 = 0; lane < 4; lane++) {
      if (((lanes >> lane) & 1) == 0) continue
      if (load<u8>(permits + load<u32>(persons + at + (lane << 2))) == 0) continue
      if (count >= foundMax) return foundMax + 1
      store<u32>(found + ((<usize>count) << 2), firstRow + (tile << 2) + lane)
      count++
    }
  }
  return count
}

/** Cosine of one float32 row, always summed in this one order, so that every path gives the same bits. */
export function scoreRow(tile: usize, lane: u32, dimensions: u32, query: usize): f32 {
  let even = f32x4.splat(0), odd = f32x4.splat(0)
  let row = tile + (<usize>lane << 6)
  const end = query + (<usize>dimensions << 2)
  for (let q = query; q < end; q += 64) {
    even = f32x4.add(even, f32x4.mul(v128.load(row, 0), v128.load(q, 0)))
    odd = f32x4.add(odd, f32x4.mul(v128.load(row, 16), v128.load(q, 16)))
    even = f32x4.add(even, f32x4.mul(v128.load(row, 32), v128.load(q, 32)))
    odd = f32x4.add(odd, f32x4.mul(v128.load(row, 48), v128.load(q, 48)))
    row += 256
  }
  const all = f32x4.add(even, odd)
  return (f32x4.extract_lane(all, 0) + f32x4.extract_lane(all, 2)) + (f32x4.extract_lane(all, 1) + f32x4.extract_lane(all, 3))
}

/** Scores every row in float32: the plain scan, for galleries whose candidates overflow. */
export function scanFloat(
  rows: usize, tiles: u32, dimensions: u32, query: usize, persons: usize, permits: usize, best: usize,
): void {
  const tileBytes: usize = (<usize>dimensions) << 4
  for (let tile: u32 = 0; tile < tiles; tile++) {
    const at: usize = (<usize>tile) << 4
    for (let lane: u32 = 0; lane < 4; lane++) {
      const score = scoreRow(rows + tileBytes * tile, lane, dimensions, query)
      consider(score, load<u32>(persons + at + (<usize>lane << 2)), permits, best)
    }
  }
}
