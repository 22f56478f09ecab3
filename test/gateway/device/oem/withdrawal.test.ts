import { describe, expect, it } from 'vitest'
import { consent, personRef } from '../../../support/factories.js'
import { JPEG, TERMINAL, type TerminalRig, openTerminalRig, rosterOf } from './terminal-rig.js'
import { HELD, ack, added, answerQuery, connectedRig, erasures, hold, only, withdraw } from './terminal-talk.js'

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
      expect(only(again, 'DeletePersons')['info']).toEqual({ customId: [personRef(1)] })
      again.service.side.disconnected(TERMINAL)
      await again.settle()
      expect((await erasures(again)).at(-1)).toEqual(['1', 'pending'])
    }
    again.service.side.connected(TERMINAL)
    await again.settle()
    // It had carried one of them out before its power went: it names the person among those it could not delete.
    await ack(again, 'DeletePersons', only(again, 'DeletePersons').messageId, { DelSucInfo: [], DelErrInfo: [{ customId: personRef(1) }] })
    expect((await erasures(again)).at(-1)).toEqual(['1', 'pending'])
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
    await ack(rig, 'DeletePersons', only(rig, 'DeletePersons').messageId, { DelSucInfo: [{ customId: personRef(1) }] })
    await answerQuery(rig, personRef(2))
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
