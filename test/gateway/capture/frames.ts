import type { FrameEnvelope, FrameHeaderV1 } from '../../../gateway/contract/frame-envelope.js'

const uuid = (kind: string, n: number): string => `0192f3a4-${kind}-7d8e-9f00-${n.toString(16).padStart(12, '0')}`
export const frameId = (n: number): string => uuid('f1f1', n)
export const bootId = (n: number): string => uuid('b0b0', n)

/** Frame `n` of a camera's first boot; its picture is one byte, `n` modulo 256. */
export const envelope = (n: number, header: Partial<FrameHeaderV1> = {}): FrameEnvelope => ({
  header: { v: 1, frameId: frameId(n), bootId: bootId(1), frameNo: n, capturedMonoMs: n, capturedWallMs: n, mime: 'image/jpeg', ...header },
  image: new Uint8Array([n % 256]),
})
