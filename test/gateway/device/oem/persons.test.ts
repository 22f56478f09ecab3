import { describe, expect, it } from 'vitest'
import { guardTemplates } from '../../../../gateway/device/oem/terminal-keeper.js'
import type { TemplateKeeper } from '../../../../gateway/enrol/template-keeper.js'
import { consent, permit, personRef } from '../../../support/factories.js'
import { START_WALL_MS } from '../../../support/virtual-clock.js'
import { CERTIFICATE, JPEG, TERMINAL, type TerminalRig, openTerminalRig, rosterOf } from './terminal-rig.js'

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/)
const HELD = (n: number): string => consent(n).consentId

/** A terminal that is connected, holds nobody, and said so. */
async function connectedRig(change: Parameters<typeof openTerminalRig>[0] = {}): Promise<TerminalRig> {
  const rig = await openTerminalRig(change)
  await rig.register.register(TERMINAL, CERTIFICATE)
  await rig.service.start()
  rig.service.side.connected(TERMINAL)
  await rig.settle()
  await answerQuery(rig)
  return rig
}
const only = (rig: TerminalRig, operator: string) => {
  const said = rig.taken()
  expect(said.map((message) => message.operator)).toEqual([operator])
  return said[0] as (typeof said)[number]
}
const ack = async (rig: TerminalRig, operator: string, messageId: string, info: object, code: number | string = '200'): Promise<void> => {
  await rig.hear('ack', { messageId, operator: `${operator}-Ack`, code, info: { facesluiceId: TERMINAL, ...info } })
  await rig.settle()
}
async function answerQuery(rig: TerminalRig, ...held: string[]): Promise<void> {
  const { messageId } = only(rig, 'QueryPerson')
  await ack(rig, 'QueryPerson', messageId, { TotalPersonNum: String(held.length), customId: held.join(','), result: 'ok' })
}
async function hold(rig: TerminalRig, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await rig.people.holdPhoto(personRef(n), HELD(n), JPEG)
  await rig.service.refresh()
  await rig.settle()
}
const added = (...numbers: number[]) => ({ AddErrNum: '0', AddSucNum: String(numbers.length), AddErrInfo: [], AddSucInfo: numbers.map((n) => ({ customId: personRef(n) })), result: 'ok' })
const failed = (n: number, errcode: string) => ({ AddErrNum: '1', AddSucNum: '0', AddErrInfo: [{ customId: personRef(n), errcode }], AddSucInfo: [], result: 'ok' })
const erasures = async (rig: TerminalRig) => (await rig.records('terminal-erasure.v1')).map((record) => (record.kind === 'terminal-erasure.v1' ? [record.personRef.slice(-1), record.state] : []))
/** The consent of person `n` ends, as the roster says it. */
async function withdraw(rig: TerminalRig, n: number): Promise<void> {
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

describe('persons on a terminal', () => {
  it('are put there in one exact batch, with a photo each that can be fetched, and count as held only once the terminal says so', async () => {
    const rig = await connectedRig()
    await hold(rig, 1)
    const batch = only(rig, 'EditPersonsNew')
    expect(batch).toEqual({
      messageId: UUID, DataBegin: 'BeginFlag', operator: 'EditPersonsNew', PersonNum: 1, DataEnd: 'EndFlag',
      info: [{
        customId: personRef(1), name: '住户', personType: 0, tempCardType: 1, cardValidBegin: '2026-01-04 08:00:00', cardValidEnd: '2026-02-04 08:00:00',
        isCheckSimilarity: 0, picURI: 'http://gateway/f/1',
      }],
    })
    expect(await rig.offered.get('http://gateway/f/1')?.()).toEqual(Buffer.from(JPEG))
    expect([rig.row(1)?.state, rig.row(1)?.placed, await erasures(rig)]).toEqual(['wanted', true, []])
    await ack(rig, 'EditPersonsNew', batch.messageId, added(1))
    expect([rig.row(1)?.state, await erasures(rig)]).toEqual(['held', [['1', 'held']]])
    expect([rig.withdrawn, await rig.store.terminalPhoto(personRef(1)), rig.taken()]).toEqual([['http://gateway/f/1'], undefined, []])
  })

  it('nobody without a photo, a consent or a permit now is put there; a permit with a schedule puts nobody there', async () => {
    const rig = await connectedRig({
      roster: {
        persons: rosterOf(1, 2, 3, 4).persons, consents: rosterOf(1, 3, 4).consents,
        permits: [permit(2), permit(3, { validFromMs: START_WALL_MS + 60_000 }), { ...permit(4), scheduleId: 'weekdays' }],
      },
    })
    for (const n of [1, 3, 4]) await rig.people.holdPhoto(personRef(n), HELD(n), JPEG)
    await rig.service.refresh()
    await rig.settle()
    expect(rig.taken()).toEqual([])
    expect(await rig.store.terminalPhotos()).toEqual([])
  })

  it('a permit that begins by itself puts its person there, one that ends takes them away, with nobody asking', async () => {
    const rig = await connectedRig({ roster: { ...rosterOf(1), permits: [permit(1, { validUntilMs: START_WALL_MS + 120_000 })] } })
    await hold(rig, 1)
    await ack(rig, 'EditPersonsNew', only(rig, 'EditPersonsNew').messageId, added(1))
    await rig.clock.run(119_000)
    await rig.settle()
    expect(rig.taken()).toEqual([])
    await rig.clock.run(61_000)
    await rig.settle()
    const batch = only(rig, 'DeletePersons')
    expect(batch).toEqual({ messageId: UUID, DataBegin: 'BeginFlag', operator: 'DeletePersons', PersonNum: 1, info: { customId: [personRef(1)] }, DataEnd: 'EndFlag' })
    await ack(rig, 'DeletePersons', batch.messageId, { DelSucInfo: [{ customId: personRef(1) }], DelErrInfo: [] })
    expect([rig.row(1), await erasures(rig)]).toEqual([undefined, [['1', 'held'], ['1', 'pending'], ['1', 'done']]])
  })

  it('a longer permit is told without the photo, which is long gone', async () => {
    const rig = await connectedRig()
    await hold(rig, 1)
    await ack(rig, 'EditPersonsNew', only(rig, 'EditPersonsNew').messageId, added(1))
    rig.state.roster = { ...rig.state.roster, permits: [permit(1, { validUntilMs: START_WALL_MS + 60 * 86_400_000 })] }
    await rig.service.refresh()
    await rig.settle()
    const [entry] = only(rig, 'EditPersonsNew')['info'] as Array<Record<string, unknown>>
    expect([entry?.['cardValidEnd'], entry?.['picURI']]).toEqual(['2026-03-06 08:00:00', undefined])
  })
})

describe('one command at a time', () => {
  it('410: the same batch again after a pause, and nothing else meanwhile', async () => {
    const rig = await connectedRig()
    await hold(rig, 1)
    await ack(rig, 'EditPersonsNew', only(rig, 'EditPersonsNew').messageId, { result: 'fail', detail: 'busy' }, '410')
    await hold(rig, 2)
    expect(rig.taken()).toEqual([])
    await rig.clock.run(5_000)
    await rig.settle()
    expect(only(rig, 'EditPersonsNew')['PersonNum']).toBe(2)
    expect(rig.row(1)).toMatchObject({ state: 'wanted', tries: 0, errorCode: null })
  })

  it('417: half of it, until the terminal gets a whole one', async () => {
    const numbers = [1, 2, 3, 4, 5]
    const rig = await connectedRig({ roster: rosterOf(...numbers) })
    await hold(rig, ...numbers)
    const sizes: unknown[] = []
    for (let i = 0; i < 3; i++) {
      const batch = only(rig, 'EditPersonsNew')
      sizes.push(batch['PersonNum'])
      const isSmall = Number(batch['PersonNum']) === 1
      const named = (batch['info'] as Array<{ customId: string }>).map(({ customId }) => ({ customId }))
      await ack(rig, 'EditPersonsNew', batch.messageId, isSmall ? { AddSucInfo: named, AddErrInfo: [] } : { result: 'fail' }, isSmall ? 200 : 417)
      await rig.clock.run(1_000)
      await rig.settle()
    }
    expect(sizes).toEqual([5, 2, 1])
    expect(rig.row(1)?.state).toBe('held')
  })

  it('no answer: the same again, later each time; a late answer to the first changes nothing', async () => {
    const rig = await connectedRig()
    await hold(rig, 1)
    const first = only(rig, 'EditPersonsNew')
    await rig.clock.run(65_000)
    await rig.settle()
    expect([rig.counts['command-unanswered'], rig.row(1)?.tries]).toEqual([1, 1])
    await rig.clock.run(5_000)
    await rig.settle()
    const second = only(rig, 'EditPersonsNew')
    await ack(rig, 'EditPersonsNew', first.messageId, failed(1, '468'))
    expect([rig.row(1)?.state, rig.counts['unasked']]).toEqual(['wanted', 1])
    await ack(rig, 'EditPersonsNew', `${second.messageId} EditPersonsNew`, added(1))
    expect(rig.row(1)?.state).toBe('held')
  })

  it.each([
    ['464', 'address-not-resolved', 5_000], ['465', 'download-failed', 5_000], ['474', 'terminal-full', 3_600_000], ['499', 'terminal-error-499', 3_600_000],
  ])('error %s is kept as %s and tried again after a while', async (code, name, againMs) => {
    const rig = await connectedRig()
    await hold(rig, 1)
    await ack(rig, 'EditPersonsNew', only(rig, 'EditPersonsNew').messageId, failed(1, code))
    expect([rig.row(1), rig.counts]).toMatchObject([{ state: 'failed', errorCode: Number(code), tries: 1 }, { [`refused ${name}`]: 1 }])
    await rig.clock.run(againMs / 2 - 100)
    expect(rig.taken()).toEqual([])
    await rig.clock.run(againMs / 2 + 200)
    await rig.settle()
    expect(only(rig, 'EditPersonsNew')['PersonNum']).toBe(1)
  })

  it.each(['461', '463', '467', '468', '478'])('error %s is not tried again until there is another photo', async (code) => {
    const rig = await connectedRig()
    await hold(rig, 1)
    await ack(rig, 'EditPersonsNew', only(rig, 'EditPersonsNew').messageId, failed(1, code))
    await rig.clock.run(7_200_000)
    await rig.settle()
    expect([rig.taken(), rig.row(1)?.state]).toEqual([[], 'failed'])
    await hold(rig, 1)
    expect(only(rig, 'EditPersonsNew')['PersonNum']).toBe(1)
  })
})

describe('a withdrawal', () => {
  const held = async (): Promise<TerminalRig> => {
    const rig = await connectedRig()
    await hold(rig, 1, 2)
    const numbers = (batch: Record<string, unknown>) => (batch['info'] as Array<{ customId: string }>).map(({ customId }) => Number(customId.slice(-1)))
    for (let batch = rig.taken()[0]; batch !== undefined; batch = rig.taken()[0]) await ack(rig, 'EditPersonsNew', batch.messageId, added(...numbers(batch)))
    expect([rig.row(1)?.state, rig.row(2)?.state]).toEqual(['held', 'held'])
    return rig
  }

  it('is recorded together with which terminal still holds the face; done is said when the terminal proves it, not before', async () => {
    const rig = await held()
    await withdraw(rig, 1)
    const kinds = (await rig.records()).map((record) => record.kind)
    expect(kinds.slice(-2)).toEqual(['erasure.v1', 'terminal-erasure.v1'])
    expect((await erasures(rig)).at(-1)).toEqual(['1', 'pending'])
    const batch = only(rig, 'DeletePersons')
    expect(batch['info']).toEqual({ customId: [personRef(1)] })
    await ack(rig, 'DeletePersons', batch.messageId, { DelSucNum: '1', DelErrNum: '0', DelSucInfo: [{ customId: personRef(1) }], DelErrInfo: [], result: 'ok' })
    expect([(await erasures(rig)).at(-1), rig.row(1), rig.row(2)?.state, rig.taken()]).toEqual([['1', 'done'], undefined, 'held', []])
  })

  it('while the terminal is away is asked for again over every restart of terminal and gateway, until it is proven', async () => {
    const rig = await held()
    rig.service.side.disconnected(TERMINAL)
    await withdraw(rig, 1)
    expect(rig.taken()).toEqual([])
    rig.service.stop()
    // The gateway starts anew on what it wrote; the terminal comes back, is asked, and loses power before it answers.
    const again = await openTerminalRig({ store: rig.store, clock: rig.clock, roster: rig.state.roster, seed: 2 })
    await again.service.start()
    for (let life = 0; life < 3; life++) {
      again.service.side.connected(TERMINAL)
      await again.settle()
      await answerQuery(again, personRef(1), personRef(2))
      expect(only(again, 'DeletePersons')['info']).toEqual({ customId: [personRef(1)] })
      again.service.side.disconnected(TERMINAL)
      await again.settle()
      expect((await erasures(again)).at(-1)).toEqual(['1', 'pending'])
    }
    again.service.side.connected(TERMINAL)
    await again.settle()
    await answerQuery(again, personRef(2))
    expect([(await erasures(again)).at(-1), again.row(1), again.taken()]).toEqual([['1', 'done'], undefined, []])
  })

  it('an id that the terminal could not delete is no proof: it is asked whom it holds, and asked to delete until the face is gone', async () => {
    const rig = await held()
    await withdraw(rig, 1)
    const notDeleted = { DelSucInfo: [], DelErrInfo: [{ customId: personRef(1) }], DelErrNum: '1' }
    await ack(rig, 'DeletePersons', only(rig, 'DeletePersons').messageId, notDeleted)
    await answerQuery(rig, personRef(1), personRef(2))
    expect([rig.row(1)?.state, (await erasures(rig)).at(-1)]).toEqual(['deleting', ['1', 'pending']])
    await rig.clock.run(5_000)
    await rig.settle()
    await ack(rig, 'DeletePersons', only(rig, 'DeletePersons').messageId, notDeleted)
    await answerQuery(rig, personRef(2))
    expect([rig.row(1), (await erasures(rig)).at(-1)]).toEqual([undefined, ['1', 'done']])
  })

  it('comes before anybody new: a deletion that is due goes out first', async () => {
    const rig = await held()
    rig.service.side.disconnected(TERMINAL)
    rig.state.roster = rosterOf(1, 2, 3)
    await rig.store.transact((tx) => tx.putConsent(consent(3)))
    await rig.people.holdPhoto(personRef(3), HELD(3), JPEG)
    await withdraw(rig, 1)
    rig.service.side.connected(TERMINAL)
    await rig.settle()
    await answerQuery(rig, personRef(1), personRef(2))
    await ack(rig, 'DeletePersons', only(rig, 'DeletePersons').messageId, { DelSucInfo: [{ customId: personRef(1) }] })
    expect(only(rig, 'EditPersonsNew')['info']).toMatchObject([{ customId: personRef(3) }])
  })

  it('while a batch with the person is on its way: the terminal\'s yes does not bring the person back', async () => {
    const rig = await connectedRig()
    await hold(rig, 1)
    const batch = only(rig, 'EditPersonsNew')
    await withdraw(rig, 1)
    expect([rig.taken(), await rig.offered.get('http://gateway/f/1')?.()]).toEqual([[], undefined])
    await ack(rig, 'EditPersonsNew', batch.messageId, added(1))
    expect([rig.row(1)?.state, only(rig, 'DeletePersons')['info'], await erasures(rig)]).toEqual(['deleting', { customId: [personRef(1)] }, [['1', 'pending']]])
  })

  it('a person whom the terminal lets in meanwhile is deleted at once, whatever pause that was in, and named to nobody', async () => {
    const rig = await held()
    await withdraw(rig, 1)
    await ack(rig, 'DeletePersons', only(rig, 'DeletePersons').messageId, { DelSucInfo: [], DelErrInfo: [{ customId: personRef(1) }] })
    await answerQuery(rig, personRef(1), personRef(2))
    await rig.hear('rec', {
      operator: 'RecPush',
      info: { facesluiceId: TERMINAL, RecordID: 1, customId: personRef(1), VerifyStatus: 1, PersonType: 0, Sendintime: 1, time: '2026-01-05 08:00:00' },
    })
    await rig.settle()
    expect((await rig.records('passage.v2'))).toMatchObject([{ result: 'granted', personRef: null, permitId: null }])
    expect([rig.taken().map((message) => message.operator).sort(), rig.counts['unpermitted']]).toEqual([['DeletePersons', 'PushAck'], 1])
  })
})

describe('what a terminal says it holds', () => {
  it('persons it lost, as after a factory reset, are put there again where the photo is still there, and else named as missing one', async () => {
    const rig = await connectedRig()
    await hold(rig, 1)
    await ack(rig, 'EditPersonsNew', only(rig, 'EditPersonsNew').messageId, added(1))
    rig.service.side.disconnected(TERMINAL)
    rig.service.side.connected(TERMINAL)
    await rig.settle()
    await answerQuery(rig)
    expect([rig.taken(), rig.counts['person-lost'], rig.row(1)]).toMatchObject([[], 1, { state: 'failed', errorCode: 0, nextTryAtMs: null }])
    await hold(rig, 1)
    await ack(rig, 'EditPersonsNew', only(rig, 'EditPersonsNew').messageId, added(1))
    expect(rig.row(1)?.state).toBe('held')
  })

  it('somebody of ours whom nobody knows any more is deleted; somebody whom others enrolled is counted and left', async () => {
    const rig = await openTerminalRig()
    await rig.register.register(TERMINAL, CERTIFICATE)
    await rig.service.start()
    rig.service.side.connected(TERMINAL)
    await rig.settle()
    await answerQuery(rig, personRef(7), 'cleaner-3')
    expect(only(rig, 'DeletePersons')['info']).toEqual({ customId: [personRef(7)] })
    expect(rig.counts['foreign-person']).toBe(1)
  })

  it('a terminal that cannot say is asked twice, and then served all the same', async () => {
    const rig = await openTerminalRig()
    await rig.register.register(TERMINAL, CERTIFICATE)
    await rig.people.holdPhoto(personRef(1), HELD(1), JPEG)
    await rig.service.start()
    rig.service.side.connected(TERMINAL)
    for (let i = 0; i < 2; i++) {
      await rig.settle()
      only(rig, 'QueryPerson')
      await rig.clock.run(30_000)
    }
    await rig.settle()
    expect(only(rig, 'EditPersonsNew')['PersonNum']).toBe(1)
  })
})

describe('photos', () => {
  it('lie sealed, and go after a day in which no terminal took them', async () => {
    const rig = await connectedRig()
    await hold(rig, 1)
    rig.taken()
    expect(await rig.store.terminalPhoto(personRef(1))).toEqual(Buffer.from(JPEG))
    await rig.clock.run(86_400_000 + 60_000)
    await rig.settle()
    expect(await rig.store.terminalPhotos()).toEqual([])
  })

  it('a revoked terminal\'s faces leave it: they stay pending for as long as it says nothing', async () => {
    const rig = await connectedRig()
    await hold(rig, 1)
    await ack(rig, 'EditPersonsNew', only(rig, 'EditPersonsNew').messageId, added(1))
    await rig.register.revoke(TERMINAL)
    rig.service.side.disconnected(TERMINAL)
    await rig.service.refresh()
    await rig.settle()
    expect([rig.row(1)?.state, (await erasures(rig)).at(-1), rig.taken()]).toEqual(['deleting', ['1', 'pending'], []])
  })
})
