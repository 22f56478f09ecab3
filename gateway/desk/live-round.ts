import type { Logger } from '#kernel/log.js'
import type { Board } from './board.js'
import type { PassageLog } from './passage-log.js'
import type { LogPlace } from './ports.js'

/** Something new for open pages; a newer one of a key says all that an older one said. */
export type Publish = (key: string, kind: 'passage' | 'door' | 'board', text: string) => void

export interface LiveRounds {
  /** From here on news are told: what was before a page loads by itself. */
  beginAt(place: LogPlace | undefined): void
  /** The board is told again whatever was told before: somebody new listens. */
  forgetBoard(): void
  /** Looks at log and board and tells what is new; one round at a time, and once more where it was asked meanwhile. */
  run(): void
}

export function createLiveRounds(deps: { log: PassageLog; board: () => Promise<Board>; publish: Publish; watched: () => boolean; logger: Logger }): LiveRounds {
  const { log, publish, watched } = deps
  let told: LogPlace = { epoch: 1, seq: 0 }
  let boardText = ''
  let running = false
  let again = false

  const tellNews = async (): Promise<void> => {
    for (let more = true; more && watched();) {
      const after = await log.after(told)
      for (const news of after.news) {
        if (news.kind === 'passage') publish(`passage ${news.row.passageId}`, 'passage', JSON.stringify(news.row))
        else publish(`door ${news.passageId}`, 'door', JSON.stringify({ passageId: news.passageId, ...news.word }))
      }
      told = after.last
      more = after.more
    }
  }
  const tellBoard = async (): Promise<void> => {
    const text = JSON.stringify(await deps.board())
    if (text !== boardText) publish('board', 'board', text)
    boardText = text
  }
  const runAll = async (): Promise<void> => {
    do {
      again = false
      await tellNews()
      await tellBoard()
    } while (again && watched())
  }
  return {
    beginAt(place) {
      told = place ?? told
    },
    forgetBoard() {
      boardText = ''
    },
    run() {
      again = true
      if (running) return
      running = true
      runAll().catch((error: unknown) => deps.logger.error({ err: error }, 'the live view missed a round')).finally(() => {
        running = false
      })
    },
  }
}
