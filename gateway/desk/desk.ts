import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { createActionRecorder } from './action-record.js'
import { createBoard } from './board.js'
import type { DeskApp, OperatorOfToken } from './desk-access.js'
import { buildDeskHttp } from './desk-http.js'
import { createDutyService } from './duty-service.js'
import { gateRoutes } from './gate-routes.js'
import { createGateService } from './gate-service.js'
import { createLiveHub } from './live-hub.js'
import { liveRoutes } from './live-routes.js'
import { loginRoutes } from './login-routes.js'
import { createLoginService } from './login-service.js'
import { createLoginThrottle } from './login-throttle.js'
import { type OperatorService, createOperatorService } from './operator-service.js'
import { createPassageLog } from './passage-log.js'
import type { DeskNames } from './passage-rows.js'
import { type PasswordHash, createPasswordHash } from './password-hash.js'
import { peopleRoutes } from './people-routes.js'
import { createPeopleService } from './people-service.js'
import type { DeskAlarms, DeskDevice, DeskDoors, DeskFaces, DeskRoster, DeskStore, DeskTakings, DeskUplink } from './ports.js'
import { type SessionTimes, createSessionService } from './session-service.js'
import { takingsRoutes } from './takings-routes.js'
import { createVisitService } from './visit-service.js'

export interface DeskRuntime {
  readonly clock: Clock
  readonly random: RandomSource
  readonly ids: IdSource
  readonly stamp: Stamper
  readonly log: Logger
}

/** What the desk sees and moves of the estate. */
export interface DeskEstate {
  readonly estateId: string
  readonly doors: DeskDoors
  readonly alarms: DeskAlarms
  readonly devices: () => readonly DeskDevice[]
  readonly roster: DeskRoster
  readonly faces: DeskFaces
  readonly takings: DeskTakings
  readonly uplink: () => Promise<DeskUplink>
}

export interface Desk {
  readonly app: DeskApp
  /** Something was appended to the log. */
  committed(): void
}

/** Who may work at the desk; for the command line too, where no page is served. */
export interface DeskStaff {
  readonly operators: OperatorService
  readonly passwords: PasswordHash
}

export function createDeskStaff({ store, runtime }: { store: DeskStore; runtime: DeskRuntime }): DeskStaff {
  const passwords = createPasswordHash(runtime)
  return { passwords, operators: createOperatorService({ store, ...runtime, passwords, recorder: createActionRecorder(runtime) }) }
}

/** The desk's page and everything behind it, not listening yet. */
export async function createDesk(deps: {
  store: DeskStore; estate: DeskEstate; staff: DeskStaff; runtime: DeskRuntime; times: SessionTimes; pageFolder: string
}): Promise<Desk> {
  const { store, estate, staff: { operators, passwords }, runtime, times, pageFolder } = deps
  const { clock, random, ids, log } = runtime
  const { doors, alarms, roster, faces } = estate
  const recorder = createActionRecorder(runtime)
  const sessions = createSessionService({ store, clock, random, times })
  const operatorOfToken: OperatorOfToken = (token, use) => sessions.operatorOf(token, use)
  const logins = createLoginService({ store, sessions, throttle: createLoginThrottle({ clock }), passwords, recorder })
  const board = createBoard(estate)
  const passages = createPassageLog({ store, names: namesOf(store, roster, operators) })
  const hub = createLiveHub({ log: passages, board, head: () => store.head(), clock, logger: log })
  const app = await buildDeskHttp({
    operatorOfToken, pageFolder, log,
    routes: [
      loginRoutes({ logins, operators, estate: { estateId: estate.estateId, idleMs: times.idleMs } }),
      gateRoutes({
        gates: createGateService({ doors, roster, store, clock, ids, recorder }), duty: createDutyService({ alarms, roster, store, clock, ids, recorder }),
        passages, board, operatorNames: operators.names,
      }),
      peopleRoutes({ people: createPeopleService({ roster, faces, store, recorder, runtime }), visits: createVisitService({ roster, recorder, runtime }) }),
      takingsRoutes(estate), liveRoutes({ hub, operatorOfToken }),
    ],
  })
  return { app, committed: hub.committed }
}

/** Remarks that the list can show: more than anybody writes in a week. */
const REMARKS_MAX = 500

/** Names as they stand now: an erased one is gone from the list at the next look. */
const namesOf = (store: DeskStore, roster: DeskRoster, operators: OperatorService) => async (): Promise<DeskNames> => {
  const byRef = <Row>(rows: readonly Row[], id: (row: Row) => string, name: (row: Row) => string) => {
    const names = new Map(rows.map((row) => [id(row), name(row)]))
    return (ref: string): string | undefined => names.get(ref)
  }
  const held = await operators.names()
  const remarks = await store.deskRemarks(REMARKS_MAX)
  return {
    gate: byRef(roster.gates(), (gate) => gate.gateId, (gate) => gate.name),
    person: byRef(roster.persons(), (person) => person.personRef, (person) => person.displayName),
    visit: byRef(roster.visits(), (visit) => visit.visitId, (visit) => visit.displayName),
    operator: (ref) => held.get(ref) || undefined,
    remark: byRef(remarks, ({ passageId }) => passageId ?? '', ({ text }) => text),
  }
}
