import { LIMITS } from '#kernel/limits.js'
import { type Life, createLife, createLifeClock } from '../engine/life.js'
import type { World } from '../world.js'
import type { RealWork } from '../engine/timeline.js'
import { gateDatabase } from './database-gate.js'
import { type ServerLife, createServerLife } from './server-life.js'

/** The machine that the server runs on: it starts it again after it died. */
export interface ServerHost {
  boot(): void
  /** Undefined while none runs. */
  now(): ServerLife | undefined
  /** It dies at the step after so many, and is started again after a while. */
  dieAfter(steps: number, offMs: number): void
  /** Takes a death back that has not come yet. */
  spare(): void
  kill(): void
  lives(): number
  /** Questions to the database. */
  asked(): number
}

/** Share of worlds in which the server fills every table that its pages show. */
const SHARE_WITH_ALL = 0.2
/** So short that a roster is several pages, with much that can come between. */
const SHORT_PAGE_ITEMS = 8

export function createServerHost({ timeline, dice, template, machines, startWallMs, note }: World, work: RealWork): ServerHost {
  const kind = dice('server')
  const showsAll = kind.chance(SHARE_WITH_ALL)
  const rosterPageItems = kind.pick([LIMITS.rosterPageItemsMax, LIMITS.rosterPageItemsMax, SHORT_PAGE_ITEMS])
  const asked = { times: 0 }
  let current: ServerLife | undefined
  let lives = 0
  let offMs = 0
  let isOver = false

  const died = (): void => {
    note('server died')
    current?.orders.stop()
    current = undefined
    if (!isOver) timeline.after(offMs, boot)
  }
  const boot = (): void => {
    if (current !== undefined || isOver) return
    lives += 1
    const life: Life = createLife(died)
    const clock = createLifeClock({ timeline, life, machine: machines.server, startWallMs })
    note('server starts')
    current = createServerLife({ db: gateDatabase(template.db, life, work, asked), life, clock, random: dice(`server ${lives}`).random, note, showsAll, rosterPageItems })
  }
  return {
    boot,
    now: () => current,
    dieAfter(steps, pauseMs) {
      offMs = pauseMs
      current?.life.dieAfter(steps)
    },
    spare: () => current?.life.spare(),
    kill() {
      isOver = true
      current?.life.die()
    },
    lives: () => lives,
    asked: () => asked.times,
  }
}
