import { beforeEach, describe, expect, it } from 'vitest'
import { accessOf } from '../../../gateway/broker/authorization.js'
import { type DeviceSession, type SessionTable, createSessionTable } from '../../../gateway/broker/session-table.js'

describe('session table', () => {
  let lines: string[]
  let table: SessionTable
  beforeEach(() => {
    lines = []
    table = createSessionTable({
      connected: ({ deviceId }) => lines.push(`connected ${deviceId}`),
      disconnected: ({ deviceId }) => lines.push(`disconnected ${deviceId}`),
    })
  })
  const session = (deviceId: string, name: string): DeviceSession => ({
    access: accessOf({ estateId: 'e', deviceKind: 'camera', deviceId }), subscribed: new Map(), handling: 0,
    client: { close: () => lines.push(`${name} client closed`) }, link: { destroy: () => lines.push(`${name} link destroyed`) },
  } as unknown as DeviceSession)

  it('ends the earlier connection of a device itself, before it tells of the later: the broker may have lost track of it', () => {
    const [first, second] = [session('a', 'first'), session('a', 'second')]
    table.begin(first)
    table.begin(second)
    expect(lines).toEqual(['connected a', 'first client closed', 'first link destroyed', 'disconnected a', 'connected a'])
    expect([table.isCurrent(first), table.isCurrent(second), table.of('a') === second, table.all().length]).toEqual([false, true, true, 1])
  })

  it('tells of an end once, and never of the end of a connection that was replaced', () => {
    const [first, second] = [session('a', 'first'), session('a', 'second')]
    table.begin(first)
    table.begin(second)
    lines.length = 0
    table.end(first)
    expect([lines, table.of('a') === second]).toEqual([[], true])
    table.end(second)
    table.end(second)
    expect(lines).toEqual(['second client closed', 'second link destroyed', 'disconnected a'])
    expect([table.of('a'), table.all()]).toEqual([undefined, []])
  })
})
