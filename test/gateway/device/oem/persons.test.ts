import { describe, expect, it } from 'vitest'
import { permit, personRef } from '../../../support/factories.js'
import { START_WALL_MS } from '../../../support/virtual-clock.js'
import { CERTIFICATE, JPEG, TERMINAL, openTerminalRig, rosterOf } from './terminal-rig.js'
import { HELD, UUID, ack, added, answerQuery, connectedRig, erasures, failed, hold, only } from './terminal-talk.js'

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
