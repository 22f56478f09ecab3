import type { WasmMemory } from './wasm-memory.js'

/** Rows of one segment: a gallery grows by this many, without moving a row that is there. */
export const SEGMENT_ROWS = 4_096
const INT8_MAX = 127

/** Addresses of one segment's parts. */
export interface Segment {
  readonly floats: number
  readonly bytes: number
  readonly scales: number
  readonly errors: number
  readonly persons: number
  readonly scores: number
}

/** Embeddings in the kernel's layout, each twice: float32 for the exact score, int8 with its certified error for the scan. */
export interface RowStore {
  readonly segments: readonly Segment[]
  rowCount(): number
  /** Writes a row of `person` (a slot number, from 1) at the end. @returns its index */
  append(embedding: Float32Array, person: number): number
  /** Overwrites the row with the last one and forgets the last. @returns the person whose row moved, or 0 */
  remove(row: number): number
  /** Tiles of the segment that hold rows. */
  tilesOf(segment: number): number
  /** Address of the float tile that holds the row. */
  tileOf(row: number): number
  personOf(row: number): number
}

/** @param dimensions a multiple of 64 */
export function createRowStore(memory: WasmMemory, dimensions: number): RowStore {
  if (dimensions % 64 !== 0) throw new RangeError(`embedding of ${dimensions} dimensions: a multiple of 64 is needed`)
  const segments: Segment[] = []
  let rows = 0

  const addSegment = (): void => {
    const part = (bytesPerRow: number): number => memory.allocate(SEGMENT_ROWS * bytesPerRow)
    segments.push({ floats: part(dimensions * 4), bytes: part(dimensions), scales: part(4), errors: part(4), persons: part(4), scores: part(4) })
  }
  const place = (row: number): { segment: Segment; inside: number; tile: number; lane: number } => {
    const inside = row % SEGMENT_ROWS
    return { segment: segments[Math.floor(row / SEGMENT_ROWS)] as Segment, inside, tile: inside >> 2, lane: inside & 3 }
  }
  const floatOf = (address: number): Float32Array => new Float32Array(memory.buffer, address, 1)
  const personCell = (row: number): Uint32Array => {
    const { segment, inside } = place(row)
    return new Uint32Array(memory.buffer, segment.persons + inside * 4, 1)
  }
  /** Calls with each 64-byte chunk of a row: its address and which chunk it is. */
  const eachChunk = (base: number, chunks: number, lane: number, visit: (address: number, chunk: number) => void): void => {
    for (let chunk = 0; chunk < chunks; chunk++) visit(base + chunk * 256 + lane * 64, chunk)
  }
  const write = (row: number, embedding: Float32Array, person: number): void => {
    const { segment, inside, tile, lane } = place(row)
    const { scale, error, values } = quantise(embedding)
    eachChunk(segment.floats + tile * dimensions * 16, dimensions / 16, lane, (address, chunk) =>
      new Float32Array(memory.buffer, address, 16).set(embedding.subarray(chunk * 16, chunk * 16 + 16)))
    eachChunk(segment.bytes + tile * dimensions * 4, dimensions / 64, lane, (address, chunk) =>
      new Int8Array(memory.buffer, address, 64).set(values.subarray(chunk * 64, chunk * 64 + 64)))
    floatOf(segment.scales + inside * 4)[0] = scale
    floatOf(segment.errors + inside * 4)[0] = error
    personCell(row)[0] = person
  }
  const read = (row: number): Float32Array => {
    const { segment, tile, lane } = place(row)
    const embedding = new Float32Array(dimensions)
    eachChunk(segment.floats + tile * dimensions * 16, dimensions / 16, lane, (address, chunk) =>
      embedding.set(new Float32Array(memory.buffer, address, 16), chunk * 16))
    return embedding
  }
  return {
    segments,
    rowCount: () => rows,
    append(embedding, person) {
      if (embedding.length !== dimensions) throw new RangeError(`embedding of ${embedding.length} dimensions, expected ${dimensions}`)
      if (rows === segments.length * SEGMENT_ROWS) addSegment()
      write(rows, embedding, person)
      return rows++
    },
    remove(row) {
      const last = rows - 1
      const mover = personCell(last)[0] as number
      if (row !== last) write(row, read(last), mover)
      // A template that is gone must not stay in memory: the vacated row is overwritten.
      write(last, new Float32Array(dimensions), 0)
      rows = last
      return row === last ? 0 : mover
    },
    tilesOf: (segment) => Math.ceil(Math.max(0, Math.min(SEGMENT_ROWS, rows - segment * SEGMENT_ROWS)) / 4),
    tileOf(row) {
      const { segment, tile } = place(row)
      return segment.floats + tile * dimensions * 16
    },
    personOf: (row) => personCell(row)[0] as number,
  }
}

/**
 * Nearest int8 row and a bound of what it misses: |q·g − q·g₈| ≤ |q|·|g − g₈|, by Cauchy and Schwarz. The bound is
 * rounded up, and has room for the float32 rounding of the scores that are compared with it.
 */
function quantise(embedding: Float32Array): { scale: number; error: number; values: Int8Array } {
  let peak = 0
  for (const value of embedding) peak = Math.max(peak, Math.abs(value))
  const scale = Math.fround(peak === 0 ? 1 : peak / INT8_MAX)
  const values = new Int8Array(embedding.length)
  let squares = 0
  for (let i = 0; i < embedding.length; i++) {
    const value = embedding[i] as number
    values[i] = Math.max(-INT8_MAX, Math.min(INT8_MAX, Math.round(value / scale)))
    squares += (value - scale * (values[i] as number)) ** 2
  }
  return { scale, error: Math.sqrt(squares) * 1.000_01 + ROUNDING, values }
}

/** More than float32 can lose over 512 products of unit vectors, on both sides of a comparison. */
const ROUNDING = 2e-5
