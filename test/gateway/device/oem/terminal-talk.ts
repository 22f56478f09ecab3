import { expect } from 'vitest'
import { guardTemplates } from '../../../../gateway/device/oem/terminal-keeper.js'
import type { TemplateKeeper } from '../../../../gateway/enrol/template-keeper.js'
import { consent, personRef } from '../../../support/factories.js'
import { CERTIFICATE, JPEG, TERMINAL, type TerminalRig, openTerminalRig } from './terminal-rig.js'

export const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown
export const HELD = (n: number): string => consent(n).consentId

/** A terminal that is connected, holds nobody, and said so. */
export async function connectedRig(change: Parameters<typeof openTerminalRig>[0] = {}): Promise<TerminalRig> {
  const rig = await openTerminalRig(change)
  await rig.register.register(TERMINAL, CERTIFICATE)
  await rig.service.start()
  rig.service.side.connected(TERMINAL)
  await rig.settle()
  await answerQuery(rig)
  return rig
}
export const only = (rig: TerminalRig, operator: string) => {
  const said = rig.taken()
  expect(said.map((message) => message.operator)).toEqual([operator])
  return said[0] as (typeof said)[number]
}
export const ack = async (rig: TerminalRig, operator: string, messageId: string, info: object, code: number | string = '200'): Promise<void> => {
  await rig.hear('ack', { messageId, operator: `${operator}-Ack`, code, info: { facesluiceId: TERMINAL, ...info } })
  await rig.settle()
}
export async function answerQuery(rig: TerminalRig, ...held: string[]): Promise<void> {
  const { messageId } = only(rig, 'QueryPerson')
  await ack(rig, 'QueryPerson', messageId, { TotalPersonNum: String(held.length), customId: held.join(','), result: 'ok' })
}
export async function hold(rig: TerminalRig, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await rig.people.holdPhoto(personRef(n), HELD(n), JPEG)
  await rig.service.refresh()
  await rig.settle()
}
export const added = (...numbers: number[]) => ({ AddErrNum: '0', AddSucNum: String(numbers.length), AddErrInfo: [], AddSucInfo: numbers.map((n) => ({ customId: personRef(n) })), result: 'ok' })
export const failed = (n: number, errcode: string) => ({ AddErrNum: '1', AddSucNum: '0', AddErrInfo: [{ customId: personRef(n), errcode }], AddSucInfo: [], result: 'ok' })
export const erasures = async (rig: TerminalRig) => (await rig.records('terminal-erasure.v1')).map((record) => (record.kind === 'terminal-erasure.v1' ? [record.personRef.slice(-1), record.state] : []))
/** The consent of person `n` ends, as the roster says it. */
export async function withdraw(rig: TerminalRig, n: number): Promise<void> {
  const keeper: TemplateKeeper = {
    load: async () => undefined, held: () => new Map(), put: async () => undefined,
    erase: (_, also) => rig.store.transact(async (tx) => {
      await tx.append({ kind: 'erasure.v1', recordId: personRef(90 + n), occurredAtMs: 1, monoMs: 1, bootId: personRef(99), personRef: personRef(n), consentId: HELD(n), cause: 'withdrawn', templatesRemoved: 1 })
      await also?.(tx)
    }),
  }
  await guardTemplates(keeper, rig.people).erase([{ personRef: personRef(n), consentId: HELD(n), cause: 'withdrawn' }], (tx) => tx.deleteConsent(HELD(n)))
  rig.state.roster = { ...rig.state.roster, consents: rig.state.roster.consents.filter((one) => one.personRef !== personRef(n)) }
  await rig.service.refresh()
  await rig.settle()
}
