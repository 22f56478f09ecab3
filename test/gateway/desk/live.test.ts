import { describe, expect, it } from 'vitest'
import { BOARD_MS, HEARTBEAT_MS, LINES_MAX, createLiveHub } from '../../../gateway/desk/live-hub.js'
import { type LiveSink, WAITING_EVENTS_MAX, createLiveLine } from '../../../gateway/desk/live-line.js'
import type { Board } from '../../../gateway/desk/board.js'
import { createPassageLog } from '../../../gateway/desk/passage-log.js'
import type { DeskNames } from '../../../gateway/desk/passage-rows.js'
import { personRef, stampOf, uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'
import { command, passage } from './support/passages.js'

/** A sink that takes what it is told to take. */
function fakeSink() {
  const state = { written: '', ready: true, ended: false, destroyed: false }
  let onReady = (): void => undefined
  let onClosed: Array<() => void> = []
  const sink: LiveSink = {
    write(text) {
      state.written += text
      return state.ready
    },
    onReady: (callback) => { onReady = callback },
    onClosed: (callback) => { onClosed.push(callback) },
    end: () => { state.ended = true },
    destroy: () => { state.destroyed = true },
  }
  return { sink, state, drain: () => onReady(), close: () => { for (const each of onClosed) each(); onClosed = [] } }
}
const eventsOf = (text: string): string[] => text.split('\n\n').filter((frame) => frame.startsWith('event: ')).map((frame) => frame.replace('event: ', '').replace('\ndata: ', ' '))

describe('a line to one page', () => {
  it('sends at once while the page keeps up', () => {
    const { sink, state } = fakeSink()
    const line = createLiveLine({ sink, clock: createVirtualClock() })
    line.send('a', 'passage', '{"n":1}')
    line.send('a', 'passage', '{"n":2}')
    expect(state.written).toBe('event: passage\ndata: {"n":1}\n\nevent: passage\ndata: {"n":2}\n\n')
  })

  it('keeps the newest of each key for a page that is behind, drops the oldest of too many, and says how many', () => {
    const { sink, state, drain } = fakeSink()
    const line = createLiveLine({ sink, clock: createVirtualClock() })
    state.ready = false
    line.send('first', 'board', '0')
    state.written = ''
    line.send('board', 'board', '1')
    line.send('board', 'board', '2')
    for (let number = 0; number < WAITING_EVENTS_MAX + 4; number++) line.send(`p${number}`, 'passage', String(number))
    expect(state.written).toBe('')
    state.ready = true
    drain()
    const events = eventsOf(state.written)
    expect(events.length).toBe(WAITING_EVENTS_MAX + 1)
    expect([events[0], events[1], events.at(-1)]).toEqual(['dropped {"count":5}', 'passage 4', `passage ${WAITING_EVENTS_MAX + 3}`])
    line.send('x', 'passage', 'on')
    expect(eventsOf(state.written).at(-1)).toBe('passage on')
  })

  it('gives up a page that takes nothing for three heartbeats, and cuts it where even the end does not get through', () => {
    const clock = createVirtualClock()
    const { sink, state } = fakeSink()
    const line = createLiveLine({ sink, clock })
    state.ready = false
    line.send('a', 'passage', '1')
    for (let beat = 0; beat < 3; beat++) {
      expect(state.ended).toBe(false)
      line.heartbeat()
    }
    expect([state.ended, state.destroyed]).toEqual([true, false])
    clock.advance(5_000)
    expect(state.destroyed).toBe(true)
    state.written = ''
    line.send('b', 'passage', '2')
    expect(state.written).toBe('')
  })
})

const NAMES: DeskNames = { gate: () => '东门', person: (ref) => (ref === personRef(1) ? '陈秀英' : undefined), visit: () => undefined, operator: () => '王师傅', remark: (passageId) => (passageId === uuid(3, 0x50) ? '顺丰' : undefined) }
const BOARD: Board = { gates: [], alarms: [], devices: [], uplink: { lastContactAtMs: null, problem: null, waiting: 0, waitingSinceMs: null } }

async function setUp() {
  const clock = createVirtualClock()
  const store = await openStore({ clock })
  const now = { board: BOARD, stands: true, reads: 0 }
  const log = createPassageLog({ store, names: async () => { now.reads += 1; return NAMES } })
  const hub = createLiveHub({ log, board: async () => now.board, head: () => store.head(), clock, logger: createRecordingLog() })
  hub.start()
  const open = () => {
    const page = fakeSink()
    hub.connect({ open: () => page.sink, recheck: async () => now.stands })
    return page
  }
  const append = async (...records: Array<ReturnType<typeof passage> | ReturnType<typeof command>>) => {
    for (const record of records) await store.transact((tx) => tx.append(record))
    hub.committed()
  }
  /** Questions to the disk are answered in turn: one of our own comes back after those before it. */
  const answered = async () => {
    for (let turn = 0; turn < 4; turn++) {
      await store.deskNotes(1)
      await settle()
    }
  }
  /** Lets time pass, with the disk's answers before and after. */
  const after = async (ms: number) => {
    await answered()
    await clock.run(ms)
    await answered()
  }
  return { clock, store, hub, now, open, append, after, log }
}

describe('the live view', () => {
  it('tells the board to a page that opens, then passages and answers as they are committed, and nothing from before', async () => {
    const { append, open, after, hub } = await setUp()
    await append(passage(1))
    const page = open()
    await after(0)
    expect(eventsOf(page.state.written)).toEqual([`board ${JSON.stringify(BOARD)}`])
    page.state.written = ''
    await append(passage(2), command(2))
    await after(200)
    const events = eventsOf(page.state.written)
    expect(events.map((event) => event.split(' ')[0])).toEqual(['passage', 'door'])
    expect(JSON.parse((events[0] as string).slice('passage '.length))).toMatchObject({ place: '1-2', passageId: uuid(2, 0x50), gateName: '东门', who: { kind: 'person', name: '陈秀英' }, door: null })
    expect(JSON.parse((events[1] as string).slice('door '.length))).toEqual({ passageId: uuid(2, 0x50), outcome: 'executed', reason: null })
    hub.stop()
  })

  it('tells the board again only where something on it changed', async () => {
    const { open, after, now, hub } = await setUp()
    const page = open()
    await after(BOARD_MS)
    page.state.written = ''
    await after(BOARD_MS * 2)
    expect(eventsOf(page.state.written)).toEqual([])
    now.board = { ...BOARD, uplink: { ...BOARD.uplink, waiting: 3 } }
    await after(BOARD_MS)
    expect(eventsOf(page.state.written)).toEqual([`board ${JSON.stringify(now.board)}`])
    hub.stop()
  })

  it('reads nothing while nobody looks', async () => {
    const { append, open, after, now, hub } = await setUp()
    await append(passage(1), passage(2))
    await after(BOARD_MS * 4)
    expect(now.reads).toBe(0)
    const page = open()
    await after(0)
    page.close()
    const before = now.reads
    await append(passage(3))
    await after(BOARD_MS * 4)
    expect(now.reads).toBe(before)
    hub.stop()
  })

  it('ends with the login, and has room for so many pages', async () => {
    const { open, after, now, hub } = await setUp()
    const pages = Array.from({ length: LINES_MAX }, open)
    expect(() => open()).toThrow(expect.objectContaining({ code: 'GW_DESK_LIVE_FULL' }))
    pages[0]?.close()
    open()
    now.stands = false
    await after(HEARTBEAT_MS)
    expect(pages.slice(1).every((page) => page.state.ended)).toBe(true)
    hub.stop()
  })
})

describe('the log as the list shows it', () => {
  it('comes in pages, newest first, each passage with the controller\'s answer', async () => {
    const { store, log, hub } = await setUp()
    hub.stop()
    await store.transact(async (tx) => {
      for (let number = 1; number <= 45; number++) {
        await tx.append(passage(number))
        if (number % 2 === 0) await tx.append(command(number))
      }
    })
    const first = await log.page(undefined)
    expect([first.rows.length, first.rows[0]?.passageId, first.rows[0]?.door, first.rows[1]?.door]).toEqual([40, uuid(45, 0x50), null, { outcome: 'executed', reason: null }])
    const second = await log.page({ epoch: 1, seq: Number(first.older?.split('-')[1]) })
    expect([second.rows.map((row) => row.passageId), second.older]).toEqual([[5, 4, 3, 2, 1].map((number) => uuid(number, 0x50)), null])
  })

  it('shows refusals, hands and erased names as what they are', async () => {
    const { store, log, hub } = await setUp()
    hub.stop()
    const operatorRef = uuid(1, 0x9)
    await store.transact(async (tx) => {
      await tx.append(passage(1, { result: 'refused', reason: 'not-live', personRef: null, permitId: null }))
      await tx.append(passage(2, { personRef: personRef(9) }))
      await tx.append(passage(3, { way: 'guard', personRef: null, permitId: null, operatorRef, override: 'delivery', deviceId: null }))
      await tx.append({ kind: 'operator-action.v1', ...stampOf(4), operatorRef, role: 'guard', action: 'open-door', subject: 'gate-1', reason: 'delivery', outcome: 'done' })
    })
    expect((await log.page(undefined)).rows.map(({ way, result, reason, who, operatorName, override, remark }) => ({ way, result, reason, who, operatorName, override, remark }))).toEqual([
      { way: 'guard', result: 'granted', reason: null, who: { kind: 'none' }, operatorName: '王师傅', override: 'delivery', remark: '顺丰' },
      { way: 'face', result: 'granted', reason: null, who: { kind: 'erased' }, operatorName: null, override: null, remark: null },
      { way: 'face', result: 'refused', reason: 'not-live', who: { kind: 'none' }, operatorName: null, override: null, remark: null },
    ])
  })
})
