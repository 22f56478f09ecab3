import cookie from '@fastify/cookie'
import Fastify from 'fastify'
import { type IncomingMessage, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '#kernel/log.js'
import type { App } from '../../../server/http/app-types.js'
import { authorize } from '../../../server/http/authorize.js'
import { createLiveHub } from '../../../server/live/live-hub.js'
import { liveRoutes } from '../../../server/live/routes.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const EVENT_BYTES = 65_536
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

async function openStream() {
  const clock = createVirtualClock()
  const roles = { access: ['guard'], gate: ['guard'], integrity: ['guard'], alarm: ['guard'], order: ['guard'], device: ['guard'] } as const
  const hub = createLiveHub({ clock, log: silentLogger, life: 'life', roles })
  const caller = { userId: 'u', loginName: 'u', displayName: 'u', grants: [{ role: 'guard' as const, estateId: '*' }] }
  const app = Fastify() as unknown as App
  await app.register(cookie)
  authorize(app, { callerOfToken: async () => caller })
  liveRoutes({ hub, publisher: { stop: async () => {} }, roles, callerOfToken: async () => caller })(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const browse = (): Promise<IncomingMessage> => new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/api/live', headers: { cookie: 'sid=x' }, agent: false }, resolve).on('error', reject)
  })
  const connections = (): Promise<number> => new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)))
  return { clock, hub, browse, connections }
}

it('a browser that takes nothing costs the others nothing, is bounded, and is cut off', async () => {
  const { clock, hub, browse, connections } = await openStream()
  const stalled = await browse()
  stalled.on('error', () => {})
  stalled.pause()
  stalled.socket.pause()
  const quick = await browse()
  let took = 0
  let begun = ''
  quick.setEncoding('utf8').on('data', (part: string) => {
    const blocks = (begun + part).split('\n\n')
    begun = blocks.pop() ?? ''
    took += blocks.filter((block) => block.includes('event: gate')).length
  })
  const data = JSON.stringify('x'.repeat(EVENT_BYTES))

  let published = 0
  // Buffers of the kernel take some megabytes for a reader that reads nothing; then the bound of the line is reached.
  while (hub.clients() === 2 && published < 4_000) {
    hub.publish({ kind: 'gate', estateId: 'jh', key: `gate:${published}`, clear: data, masked: data })
    published += 1
    if (published % 32 !== 0) continue
    for (let turns = 0; took < published && turns < 2_000; turns++) await turn()
    // Once its overflow was written, the stalled line has five seconds to take it.
    clock.advance(1_000)
  }
  expect(hub.clients()).toBe(1)
  for (let turns = 0; took < published && turns < 2_000; turns++) await turn()
  expect(took).toBe(published)
  for (let turns = 0; (await connections()) > 1 && turns < 500; turns++) await turn()
  expect(await connections()).toBe(1)
  quick.destroy()
})

it('a line that breaks while it is written to harms nobody', async () => {
  const { hub, browse } = await openStream()
  for (let round = 0; round < 20; round++) {
    const leaving = await browse()
    leaving.on('error', () => {})
    leaving.destroy()
    for (let n = 0; n < 20; n++) hub.publish({ kind: 'gate', estateId: 'jh', key: `gate:${n}`, clear: '"x"', masked: '"x"' })
    await turn()
  }
  for (let turns = 0; hub.clients() > 0 && turns < 500; turns++) await turn()
  expect(hub.clients()).toBe(0)
})
