/**
 * Why a frame was not analysed. `superseded`: a newer one of its camera came while it waited. `duplicate`: its id was
 * seen. `out-of-order`: its number was passed, or its boot is over. `too-many-cameras`: more wait than may. `no-gate`:
 * its camera watches no gate. `no-space`: what room the log has left is for what must be recorded. `stale`: it waited for
 * longer than a frame may be old. `stopping`: the gateway ends. `worker-away`: its camera belongs to a face worker that is not there, and to
 * nobody else. `worker-lost`: it was sent to a face worker, which ended or gave no answer while it still could have opened a door.
 */
export const FRAME_DROPS = [
  'superseded', 'duplicate', 'out-of-order', 'too-many-cameras', 'no-gate', 'no-space', 'stale', 'stopping', 'worker-away', 'worker-lost',
] as const
export type FrameDrop = (typeof FRAME_DROPS)[number]

/** Every frame that is received and not dropped is analysed and decided about, once. */
export interface FrameObserver {
  received(cameraId: string, bytes: number): void
  dropped(reason: FrameDrop, cameraId: string): void
}
