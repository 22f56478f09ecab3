import { readFileSync } from 'node:fs'

const PAGE_BYTES = 65_536
/** WebAssembly's own limit with 32-bit addresses: 4 GiB. */
const PAGES_MAX = 65_536

export interface MatchKernel {
  scanInt8(
    rows: number, tiles: number, dimensions: number, query: number, queryFactor: number, queryError: number,
    scales: number, errors: number, persons: number, permits: number, scores: number, best: number,
  ): void
  collect(
    tiles: number, atLeast: number, queryError: number, errors: number, persons: number, permits: number, scores: number,
    firstRow: number, found: number, count: number, foundMax: number,
  ): number
  scoreRow(tile: number, lane: number, dimensions: number, query: number): number
  scanFloat(rows: number, tiles: number, dimensions: number, query: number, persons: number, permits: number, best: number): void
}

/** A growing linear memory shared with the kernel. Views are made anew at each call: growth detaches old ones. */
export interface WasmMemory {
  readonly kernel: MatchKernel
  /** Address of `bytes` zeroed bytes, on a 64-byte boundary. @throws RangeError where 4 GiB do not suffice */
  allocate(bytes: number): number
  readonly buffer: ArrayBuffer
}

const compiled = (url: URL): WebAssembly.Module => new WebAssembly.Module(readFileSync(url))

/** @param url the compiled `wasm/match-kernel.wasm`; by default the one beside this module */
export function createWasmMemory(url: URL = new URL('./wasm/match-kernel.wasm', import.meta.url)): WasmMemory {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES_MAX })
  const instance = new WebAssembly.Instance(compiled(url), { env: { memory } })
  let end = 1_024
  return {
    kernel: instance.exports as unknown as MatchKernel,
    allocate(bytes) {
      const address = Math.ceil(end / 64) * 64
      const pages = Math.ceil((address + bytes) / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES
      if (pages > 0) memory.grow(pages)
      end = address + bytes
      return address
    },
    get buffer() {
      return memory.buffer
    },
  }
}
