import type { FrameFactory } from './frame-factory.js'
import { type PassagePlan, passageSpecs, planKey } from './passage.js'

export interface PassageCacheFigures {
  readonly framesRendered: number
  /** Mean milliseconds to render one frame; 0 before the first. */
  readonly renderMsMean: number
  readonly bytes: number
}

export interface PassageCache {
  /** JPEGs of the passage in order. Rendered once, then kept until room is needed. */
  frames(plan: PassagePlan, fps: number): Promise<readonly Buffer[]>
  /** The same where it is rendered already, else undefined; renders nothing. */
  ready(plan: PassagePlan, fps: number): readonly Buffer[] | undefined
  figures(): PassageCacheFigures
}

interface Entry {
  readonly frames: Promise<readonly Buffer[]>
  /** Undefined until rendered. */
  made: readonly Buffer[] | undefined
  bytes: number
}

const keyOf = (plan: PassagePlan, fps: number): string => `${planKey(plan)}*${fps}`

/**
 * Keeps rendered passages, so that many cameras cost no more than sending. One passage is rendered at a time; the
 * least recently shown one is dropped when `bytesMax` is passed.
 */
export function createPassageCache(deps: { factory: FrameFactory; bytesMax: number; nowMs: () => number }): PassageCache {
  const entries = new Map<string, Entry>()
  let turn: Promise<unknown> = Promise.resolve()
  let bytes = 0
  let rendered = 0
  let renderMs = 0

  const render = async (plan: PassagePlan, fps: number): Promise<Buffer[]> => {
    const frames: Buffer[] = []
    for (const spec of passageSpecs(plan, fps)) {
      const startedMs = deps.nowMs()
      frames.push(await deps.factory.render(spec))
      renderMs += deps.nowMs() - startedMs
      rendered += 1
    }
    return frames
  }
  const makeRoom = (keep: string): void => {
    for (const [key, entry] of entries) {
      if (bytes <= deps.bytesMax) return
      if (key === keep || entry.made === undefined) continue
      entries.delete(key)
      bytes -= entry.bytes
    }
  }
  const add = (key: string, plan: PassagePlan, fps: number): Entry => {
    const frames = turn.then(() => render(plan, fps))
    turn = frames.catch(() => undefined)
    const entry: Entry = { frames, made: undefined, bytes: 0 }
    frames.then((made) => {
      entry.made = made
      entry.bytes = made.reduce((sum, frame) => sum + frame.length, 0)
      bytes += entry.bytes
      makeRoom(key)
    }, () => entries.delete(key))
    return entry
  }
  return {
    frames(plan, fps) {
      const key = keyOf(plan, fps)
      const entry = entries.get(key) ?? add(key, plan, fps)
      entries.delete(key)
      entries.set(key, entry)
      return entry.frames
    },
    ready: (plan, fps) => entries.get(keyOf(plan, fps))?.made,
    figures: () => ({ framesRendered: rendered, renderMsMean: rendered === 0 ? 0 : renderMs / rendered, bytes }),
  }
}
