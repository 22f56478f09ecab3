import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRunChange } from '../../../server/audit/change.js'
import { createFileChannel } from '../../../server/message/file-channel.js'
import { createMessageSender, queueMessages } from '../../../server/message/message-outbox.js'
import type { Delivery, DeliveryResult, MessageChannel } from '../../../server/message/message-port.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { systemIds, tempDatabase, tempFolder } from '../support/temp-database.js'

const PHONE = '13800138000'
const reminder = (dedupeKey: string, personRef = 'p1') =>
  ({ dedupeKey, estateId: 'jh', personRef, template: 'rent-reminder', fields: { openFen: 45_120, dueDate: '2026-09-10' } } as const)

async function outbox(answers: DeliveryResult[] | 'dies' = []) {
  const db = await tempDatabase()
  const clock = createVirtualClock()
  const change = createRunChange({ db, clock })
  await db.transact((tx) => tx.personContact.create({ data: { personRef: 'p1', phone: PHONE } }))
  const seen: Delivery[] = []
  const channel: MessageChannel = {
    name: 'sms', proof: 'none', reaches: ({ phone }) => phone !== null,
    send: async (delivery) => {
      seen.push(delivery)
      if (answers === 'dies') throw new Error('socket hang up')
      return answers[seen.length - 1] ?? { outcome: 'sent', receipt: `r${seen.length}` }
    },
  }
  return {
    db, clock, change, seen, sender: createMessageSender({ read: db.read, change, clock, channels: [channel] }),
    queue: (...messages: ReturnType<typeof reminder>[]) => change(null, (one) => queueMessages(one, systemIds, messages)),
    states: async () => (await db.read.outboundMessage.findMany({ orderBy: { dedupeKey: 'asc' } })).map(({ dedupeKey, state, attempts, receipt }) => [dedupeKey, state, attempts, receipt]),
  }
}

describe('a message', () => {
  it('is sent once, however often it is asked for, and keeps proof of what was sent', async () => {
    const { queue, sender, seen, db } = await outbox()
    expect(await queue(reminder('a'), reminder('a'))).toBe(1)
    expect(await queue(reminder('a'))).toBe(0)
    expect([await sender.sendDue(), await sender.sendDue()]).toEqual([1, 0])
    expect(seen.map(({ phone, text }) => [phone, text])).toEqual([[PHONE, '【公租房】您有租金451.20元已于2026-09-10到期，请尽快缴纳。如已缴纳或有异议，请联系小区服务中心。']])
    const [row] = await db.read.outboundMessage.findMany()
    expect(row).toMatchObject({ state: 'sent', channel: 'sms', receipt: 'r1', templateVersion: 1, fields: null, problem: null })
    expect(row?.contentHash).toMatch(/^[0-9a-f]{64}$/)
  })

  it('of a change that fails is none', async () => {
    const { change, sender, seen, states } = await outbox()
    await expect(change(null, async (one) => {
      await queueMessages(one, systemIds, [reminder('a')])
      throw new Error('no')
    })).rejects.toThrow('no')
    await sender.sendDue()
    expect([seen, await states()]).toEqual([[], []])
  })

  it('that surely did not go is tried again later, five times in all', async () => {
    const no = { outcome: 'not-sent', problem: 'busy' } as const
    const { queue, sender, clock, states, seen } = await outbox([no, no, no, no, no])
    await queue(reminder('a'))
    await sender.sendDue()
    expect(await states()).toEqual([['a', 'queued', 1, null]])
    await sender.sendDue()
    expect(seen.length).toBe(1)
    for (let at = 0; at < 6; at += 1) {
      await clock.advance(86_400_000)
      await sender.sendDue()
    }
    expect([seen.length, await states()]).toEqual([5, [['a', 'failed', 5, null]]])
  })

  it('in doubt is never sent again: the channel broke off, or the server ended while sending', async () => {
    const broken = await outbox('dies')
    await broken.queue(reminder('a'))
    await broken.sender.sendDue()
    await broken.sender.sendDue()
    expect([broken.seen.length, await broken.states()]).toEqual([1, [['a', 'unknown', 1, null]]])
    const ended = await outbox()
    await ended.queue(reminder('a'))
    await ended.db.transact((tx) => tx.outboundMessage.updateMany({ data: { state: 'sending' } }))
    await ended.sender.sendDue()
    expect([ended.seen.length, await ended.states()]).toEqual([0, [['a', 'unknown', 0, null]]])
  })

  it('to somebody without a phone fails by name', async () => {
    const { queue, sender, seen, db } = await outbox()
    await queue(reminder('a', 'p2'))
    await sender.sendDue()
    expect(seen).toEqual([])
    expect(await db.read.outboundMessage.findMany()).toMatchObject([{ state: 'failed', problem: 'no phone number' }])
  })
})

it('the file channel writes a line for its owner alone, and says where it cannot', async () => {
  const path = join(await tempFolder(), 'messages.jsonl')
  const delivery: Delivery = { messageId: 'm1', phone: PHONE, openId: null, template: 'rent-reminder', templateVersion: 1, fields: {}, text: '请缴租金' }
  expect(await createFileChannel({ path }).send(delivery)).toEqual({ outcome: 'sent', receipt: 'm1' })
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ messageId: 'm1', phone: PHONE, template: 'rent-reminder', templateVersion: 1, text: '请缴租金' })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await createFileChannel({ path: join(path, 'x') }).send(delivery)).outcome).toBe('not-sent')
})
