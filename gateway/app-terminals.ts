import type { RosterView } from './access/roster-view.js'
import type { GatewayRuntime } from './app-estate.js'
import type { GatewayConfig } from './config.js'
import type { DeviceCertificate } from './device/certificate-authority.js'
import { personError } from './device/oem/error-codes.js'
import { hashPassword, madeUpPassword } from './device/oem/login-hash.js'
import { missingRecords } from './device/oem/record-number-rules.js'
import type { TerminalCrossing } from './device/oem/record-handler.js'
import { createTerminalEnrolment } from './device/oem/terminal-enrolment.js'
import { guardTemplates } from './device/oem/terminal-keeper.js'
import type { TerminalObserver } from './device/oem/terminal-observer.js'
import { type TerminalPeople, createTerminalPeople } from './device/oem/terminal-people.js'
import type { TerminalView } from './device/oem/terminal-planning.js'
import { type TerminalRegister, createTerminalRegister } from './device/oem/terminal-register.js'
import { type TerminalService, createTerminalService } from './device/oem/terminal-service.js'
import { permitAt, wantedAt } from './device/oem/wanted-rules.js'
import { type OneTimeFiles, createOneTimeFiles } from './device/one-time-files.js'
import type { TerminalPublisher } from './device/ports.js'
import type { EnrolService } from './enrol/enrol-service.js'
import type { TemplateKeeper } from './enrol/template-keeper.js'
import { gatewayError } from './errors.js'
import { portraitOf } from './face/portrait.js'
import type { Lifecycle } from './lifecycle.js'
import type { IssuedTerminal, TerminalActions, TerminalReport } from './ops/terminal-control.js'
import type { GatewayStore, RosterSnapshot } from './store/types.js'

/** Face terminals of other makers, from the store on: who they are, and whom they hold. */
export interface Terminals {
  /** Ends faces on terminals with the templates of the same consent. */
  keeper(keeper: TemplateKeeper): TemplateKeeper
  /** Keeps a photo for those terminals that shall hold the person. */
  enrolment(enrolment: EnrolService): EnrolService
  /** With every new state of the roster. */
  follow(roster: RosterSnapshot): Promise<void>
  /** Opens what terminals fetch photos from, and begins to keep them up to date. */
  open(publisher: TerminalPublisher, onCrossed: (crossing: TerminalCrossing) => void, parts: Lifecycle): Promise<TerminalService>
  actions(issueCertificate: (terminalId: string) => Promise<DeviceCertificate>, disconnect: (terminalId: string) => void): TerminalActions
  isTerminal(id: string): boolean
}

export interface TerminalsDeps {
  readonly config: GatewayConfig['terminals']
  readonly store: GatewayStore
  readonly view: Pick<RosterView, 'placeOf' | 'hasConsent'>
  readonly observer: TerminalObserver
  readonly runtime: GatewayRuntime
}

/** Where no address is configured there is nothing to fetch from: the terminals' own errors and the log say so. */
const NO_FILES: Pick<OneTimeFiles, 'offer' | 'withdraw'> = {
  offer() {
    throw gatewayError('GW_TERMINAL_FILES')
  },
  withdraw: () => undefined,
}

function viewOf(view: TerminalsDeps['view'], roster: () => RosterSnapshot): TerminalView {
  return {
    gateOf(terminalId) {
      const place = view.placeOf(terminalId)
      return place === undefined ? undefined : { gateId: place.gate.gateId, direction: place.direction }
    },
    person(personRef, gateId, nowMs) {
      if (!view.hasConsent(personRef, nowMs)) return undefined
      return { personRef, permitId: permitAt(roster(), personRef, gateId, nowMs)?.permitId ?? null }
    },
    wantedAt: (gateId, nowMs) => wantedAt(roster(), gateId, nowMs),
  }
}

/** What an operator sees of one terminal. Names nobody but by pseudonym. */
function reportOf(terminalId: string, register: TerminalRegister, people: TerminalPeople, service: TerminalService | undefined): TerminalReport {
  const row = register.find(terminalId)
  const rows = [...people.rows(terminalId).values()]
  const count = (state: (typeof rows)[number]['state']): number => rows.filter((person) => person.state === state).length
  return {
    terminalId, credential: row?.credential.kind ?? 'certificate', revoked: row?.revokedAtMs !== null,
    ...(service?.presence(terminalId) ?? { online: false, lastSeenAtMs: null, clockOffsetMs: null }),
    persons: { held: count('held'), wanted: count('wanted'), failed: count('failed'), deleting: count('deleting') },
    errors: rows.flatMap(({ personRef, errorCode, state, tries }) =>
      (errorCode === null || state === 'deleting' ? [] : [{ personRef, error: personError(errorCode).name, code: errorCode, tries }])),
    recordsMissing: row === undefined ? 0 : missingRecords(row.records),
  }
}

/** Reads terminals and their persons from the store. */
export async function loadTerminals(deps: TerminalsDeps): Promise<Terminals> {
  const { config, store, observer, runtime } = deps
  const { clock, random, stamp } = runtime
  const log = runtime.log.child({ part: 'terminals' })
  const register = createTerminalRegister({ store, clock })
  const people = createTerminalPeople({ store, clock, stamp })
  await register.load()
  await people.load()
  let roster = await store.roster()
  let service: TerminalService | undefined
  const view = viewOf(deps.view, () => roster)
  const refresh = async (): Promise<void> => service?.refresh()
  const isWanted = (personRef: string): boolean => register.active().some(({ terminalId }) => {
    const gate = view.gateOf(terminalId)
    return gate !== undefined && view.wantedAt(gate.gateId, clock.wallMs()).has(personRef)
  })
  const newLogin = async (terminalId: string, userName: string): Promise<IssuedTerminal> => {
    const password = madeUpPassword(random)
    await register.register(terminalId, { kind: 'login', userName, passwordHash: await hashPassword(password, random) })
    return { kind: 'login', terminalId, userName, password }
  }

  return {
    keeper: (keeper) => guardTemplates(keeper, people),
    enrolment: (enrolment) => createTerminalEnrolment({ enrolment, people, isWanted, portraitOf, onHeld: refresh, log }),
    async follow(next) {
      roster = next
      await refresh()
    },
    async open(publisher, onCrossed, parts) {
      const { filesHost, filesPort, utcOffsetMinutes } = config
      const files = filesHost === null ? undefined
        : createOneTimeFiles({ host: filesHost, port: filesPort, tls: null, clock, random, log })
      if (files !== undefined) await parts.open('terminal files', () => files.start(), () => files.stop())
      const opened = createTerminalService({
        store, register, people, view, wire: { publisher, files: files ?? NO_FILES, utcOffsetMinutes, onCrossed }, runtime: { ...runtime, log, observer },
      })
      service = opened
      await parts.open('terminals', () => opened.start(), () => opened.stop())
      return opened
    },
    isTerminal: (id) => register.find(id) !== undefined,
    actions: (issueCertificate, disconnect) => ({
      list: () => register.all().map(({ terminalId }) => reportOf(terminalId, register, people, service)),
      async issue({ id, credential, userName }) {
        if (config.filesHost === null) throw gatewayError('GW_TERMINAL_FILES')
        const issued: IssuedTerminal = credential === 'login' ? await newLogin(id, userName ?? id)
          : { kind: 'certificate', terminalId: id, certificate: await issueCertificate(id) }
        if (issued.kind === 'certificate') await register.register(id, { kind: 'certificate', fingerprint: issued.certificate.fingerprint })
        disconnect(id)
        await refresh()
        return issued
      },
      async revoke(id) {
        await register.revoke(id)
        disconnect(id)
        await refresh()
      },
    }),
  }
}
