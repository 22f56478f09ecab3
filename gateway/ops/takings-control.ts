import type { FastifyInstance } from 'fastify'
import type { Logger } from '#kernel/log.js'
import type { DayAtDesk } from '../payment/estate-close.js'

/** What the command line asks about payments at tills. */
export const TAKINGS_PATHS = { today: '/v1/takings', count: '/v1/takings/count' } as const

export interface TakingsActions {
  today(): Promise<DayAtDesk>
  /** Counts the day now and tells the server. */
  count(): Promise<DayAtDesk>
}

/** @param actions asked anew for every request: there are none before the gateway is open */
export function addTakingsRoutes(app: FastifyInstance, actions: () => TakingsActions, log: Logger): void {
  app.get(TAKINGS_PATHS.today, () => actions().today())
  app.post(TAKINGS_PATHS.count, async () => {
    const day = await actions().count()
    log.info({ bizDate: day.bizDate }, 'control: a day of payments is counted')
    return day
  })
}
