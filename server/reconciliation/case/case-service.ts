import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { type Result } from '#kernel/result.js'
import type { Change, RunChange } from '../../audit/change.js'
import { usersById } from '../../auth/user-register.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { civilDateOf } from '../../household/civil-date-rules.js'
import type { HeldDifferences } from '../bank/held-differences.js'
import type { Holidays } from '../bank/settle-rules.js'
import { ACTIONS, type CaseAction, actionsOf, heldBackUntil, isHeld } from './case-actions.js'
import { type CaseInput, type CaseState, approvalProblem, nextCase } from './case-machine.js'
import * as rows from './case-repository.js'

/** What the server does itself about a case, once people agreed; says in words what came of it. An error opens the case again. */
export type CarryOut = Readonly<Partial<Record<CaseAction, (one: rows.CaseRecord) => Promise<Result<string, string>>>>>

/** What became of each case of a bulk; nobody's mistake with one keeps the others back. */
export interface Decided {
  readonly caseId: string
  readonly state: rows.CaseRecord['state']
  /** Null where it was done. */
  readonly problem: 'state' | 'maker' | 'again' | 'action' | 'early' | 'unknown' | null
  /** Of what is too early: the last day on which it is. */
  readonly until?: string
}

export interface CaseService {
  find(caseId: string): Promise<rows.CaseRecord | null>
  list(filter: rows.CaseFilter, after: { bizDate: string; caseId: string } | null, limit: number): Promise<rows.CaseRecord[]>
  sums(filter: rows.CaseFilter): Promise<rows.CaseSums[]>
  history(caseId: string): Promise<{ readonly events: ReadonlyArray<rows.CaseEvent & { readonly byName: string | null }>; readonly attachments: readonly rows.AttachmentRecord[] }>
  /** Proposes the same for several. @param scope estates at which the caller may; null for all */
  propose(by: string, caseIds: readonly string[], proposal: { action: CaseAction; reason: string }, scope: readonly string[] | null): Promise<Decided[]>
  /** Agrees to what somebody else proposed. @param scope null: a checker for all estates */
  approve(by: string, caseIds: readonly string[], scope: readonly string[] | null): Promise<Decided[]>
  reject(by: string, caseIds: readonly string[], reason: string, scope: readonly string[] | null): Promise<Decided[]>
  /** @throws AppError SV_RECON_CASE */
  reopen(by: string, caseId: string, reason: string): Promise<rows.CaseRecord>
  note(by: string, caseId: string, text: string): Promise<void>
}

export interface CaseServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly carryOut: CarryOut
  readonly held: Pick<HeldDifferences, 'settle' | 'isResolved'>
  readonly holidays: () => Promise<Holidays>
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

interface Move {
  readonly input: (one: rows.CaseRecord, atMs: number) => CaseInput
  readonly what: rows.CaseEventKind
  readonly text: string
  readonly refuse?: (one: rows.CaseRecord) => Decided['problem'] | { readonly until: string }
}

const stateOf = ({ state, riskFen, proposal }: rows.CaseRecord): CaseState => ({ state, riskFen, proposal })

/** One case, in the transaction of `change`: state, history and audit together. */
async function move(change: Change, caseId: string, scope: readonly string[] | null, { input, what, text,
  refuse }: Move): Promise<{ decided: Decided; action: CaseAction | null; one: rows.CaseRecord | null }> {
  const one = await rows.findCase(change.tx, caseId)
  if (one === null || (scope !== null && !scope.includes(one.estateId))) return { decided: { caseId, state: 'open', problem: 'unknown' }, action: null, one: null }
  const refusal = refuse?.(one) ?? null
  if (refusal !== null && typeof refusal === 'object') return { decided: { caseId, state: one.state, problem: 'early', until: refusal.until }, action: null, one }
  const problem = refusal
  const transition = problem === null ? nextCase(stateOf(one), input(one, change.atMs)) : undefined
  if (transition === undefined) return { decided: { caseId, state: one.state, problem: problem ?? 'state' }, action: null, one }
  if (!await rows.moveCase(change.tx, one, transition.state, change.atMs)) throw fail('SV_RECON_CASE', { caseId, state: one.state })
  await rows.addEvent(change.tx, caseId, { atMs: change.atMs, by: change.by, what, text })
  await change.audit({
    action: `reconciliation.case-${what}`, subject: `case:${caseId}`, estateId: one.estateId, before: { state: one.state }, after: { state: transition.state.state,
      class: one.classCode, text },
  })
  const [effect] = transition.effects
  return { decided: { caseId, state: transition.state.state, problem: null }, action: effect?.action ?? null, one: { ...one, ...transition.state } }
}

/** After the approval is committed: the network is asked outside of every transaction. */
const executor = ({ change, carryOut, runtime: { log } }: CaseServiceDeps) => async (one: rows.CaseRecord, action: CaseAction): Promise<void> => {
  const work = carryOut[action] ?? (isHeld(one.classCode, action) ? carryOut.suspend : undefined)
  if (work === undefined) return
  const result = await work(one).catch((error: unknown): Result<string, string> => {
    log.error({ caseId: one.caseId, action, err: error }, 'what was agreed on could not be carried out')
    return { ok: false, error: '执行时出错' }
  })
  await change(null, async (now) => {
    await rows.addEvent(now.tx, one.caseId, { atMs: now.atMs, by: null, what: result.ok ? 'done' : 'failed',
      text: `${ACTIONS[action].name}：${result.ok ? result.value : result.error}` })
    if (!result.ok) await move(now, one.caseId, null, { input: () => ({ kind: 'reopen' }), what: 'reopened', text: result.error })
  })
}

/** Says of a case whether something is not to be done about it today yet. */
const earlinessOf = ({ holidays, runtime: { clock } }: CaseServiceDeps) => async () => {
  const known = await holidays()
  const today = civilDateOf(clock.wallMs())
  return ({ classCode, bizDate }: rows.CaseRecord, action: CaseAction): { until: string } | null => {
    const until = heldBackUntil(classCode, action, bizDate, known)
    return until !== undefined && today <= until ? { until } : null
  }
}

export function createCaseService(deps: CaseServiceDeps): CaseService {
  const { read, change, held } = deps

  const moveAll = (by: string, caseIds: readonly string[], scope: readonly string[] | null, what: Move) =>
    change(by, async (one) => {
      const moved: Array<Awaited<ReturnType<typeof move>>> = []
      for (const caseId of new Set(caseIds)) moved.push(await move(one, caseId, scope, what))
      return moved
    })

  const execute = executor(deps)
  const earliness = earlinessOf(deps)

  return {
    find: (caseId) => rows.findCase(read, caseId),
    list: (filter, after, limit) => rows.casesAfter(read, filter, after, limit),
    sums: (filter) => rows.caseSums(read, filter),
    async history(caseId) {
      const events = await rows.eventsOf(read, caseId)
      const users = await usersById(read, [...new Set(events.flatMap(({ by }) => by ?? []))])
      return { events: events.map((event) => ({ ...event, byName: users.get(event.by ?? '')?.displayName ?? null })), attachments: await rows.attachmentsOf(read, caseId) }
    },
    async propose(by, caseIds, { action, reason }, scope) {
      const tooEarly = await earliness()
      const moved = await moveAll(by, caseIds, scope, {
        what: 'proposed', text: `${ACTIONS[action].name}：${reason}`, refuse: (one) => (actionsOf(one.classCode).includes(action) ? tooEarly(one, action) : 'action'),
        input: (_, atMs) => ({ kind: 'propose', proposal: { action, reason, makerId: by, atMs } }),
      })
      return moved.map(({ decided }) => decided)
    },
    async approve(by, caseIds, scope) {
      const tooEarly = await earliness()
      const moved = await moveAll(by, caseIds, scope, {
        what: 'approved', text: '同意', refuse: (one) => (one.proposal === null ? 'state' : (approvalProblem(one.proposal, by) ?? tooEarly(one, one.proposal.action))),
        input: (_, atMs) => ({ kind: 'approve', by, atMs, head: scope === null }),
      })
      for (const { one, action } of moved) if (one !== null && action !== null) await execute(one, action)
      const states = new Map(await Promise.all(moved.map(async ({ decided }) => [decided.caseId, (await rows.findCase(read, decided.caseId))?.state ?? decided.state] as const)))
      return moved.map(({ decided }) => ({ ...decided, state: states.get(decided.caseId) ?? decided.state }))
    },
    async reject(by, caseIds, reason, scope) {
      const moved = await moveAll(by, caseIds, scope, {
        what: 'rejected', text: reason, refuse: ({ proposal }) => (proposal?.makerId === by ? 'maker' : null), input: () => ({ kind: 'reject' }),
      })
      return moved.map(({ decided }) => decided)
    },
    async reopen(by, caseId, reason) {
      if (await held.isResolved(caseId)) throw fail('SV_RECON_CASE', { caseId, problem: 'what it put into suspense has found its place' })
      const [moved] = await moveAll(by, [caseId], null, { what: 'reopened', text: reason, input: () => ({ kind: 'reopen' }) })
      if (moved === undefined || moved.one === null) throw fail('SV_HTTP_NOT_FOUND')
      if (moved.decided.problem !== null) throw fail('SV_RECON_CASE', { caseId, state: moved.decided.state })
      await held.settle(by, moved.one)
      return moved.one
    },
    note: (by, caseId, text) => change(by, async (one) => {
      const found = await rows.findCase(one.tx, caseId)
      if (found === null) throw fail('SV_HTTP_NOT_FOUND')
      await rows.addEvent(one.tx, caseId, { atMs: one.atMs, by, what: 'note', text })
      await one.audit({ action: 'reconciliation.case-note', subject: `case:${caseId}`, estateId: found.estateId })
    }),
  }
}
