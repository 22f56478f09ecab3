/**
 * What became of an answer of a face worker. `taken`: it is decided about. `unasked`: no frame waits for it: it came late, again, or out of nothing.
 * `not-yours`: of a camera, or for a frame, of another worker. `mismatch`: of another frame than it was asked about. `other-model`: its embeddings
 * cannot be compared with those here. `malformed`: its fields contradict one another.
 */
export const LOOK_RESULTS = ['taken', 'unasked', 'not-yours', 'mismatch', 'other-model', 'malformed'] as const
export type LookResult = (typeof LOOK_RESULTS)[number]

export interface LookObserver {
  look(result: LookResult, workerId: string): void
}
