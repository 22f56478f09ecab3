import { join } from 'node:path'
import { fastify } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '#kernel/log.js'
import { createControlClient } from '../../../gateway/ops/control-client.js'
import { type CareActions, addCareRoutes } from '../../../gateway/ops/device-control.js'
import { answerErrors } from '../../../gateway/ops/http-errors.js'
import { uuid } from '../../support/factories.js'
import { tempDir } from '../../support/temp-dir.js'

describe('devices, alarms and fire at the control socket', () => {
  it('carry codes, alarms and zones; what was refused is told as such', async () => {
    const calls: unknown[] = []
    const actions: CareActions = {
      devices: () => [],
      giveCode: async (kind, id) => (calls.push(['code', kind, id]), { code: 'AB12', expiresAtMs: 5, claimPort: 8_884 }),
      alarms: () => [],
      moveAlarm: async (move) => (calls.push(['alarm', move]), move.state === 'cleared' ? 'refused' : 'done'),
      zones: () => [{ zoneId: 'north', inputs: [], mayReset: true }],
      resetZone: async (zoneId) => (calls.push(['zone', zoneId]), zoneId === 'north' ? 'done' : 'refused'),
    }
    const dataDir = tempDir()
    const app = fastify()
    answerErrors(app, silentLogger)
    addCareRoutes(app, () => actions, silentLogger)
    await app.listen({ path: join(dataDir, 'control.sock') })
    onTestFinished(() => app.close())
    const client = createControlClient(dataDir)

    expect(await client.devices()).toEqual({ ok: true, value: { devices: [] } })
    expect(await client.giveCode('reader', 'pad-1')).toEqual({ ok: true, value: { code: 'AB12', expiresAtMs: 5, claimPort: 8_884 } })
    expect(await client.alarms()).toEqual({ ok: true, value: { alarms: [] } })
    expect(await client.moveAlarm({ alarmId: uuid(1), state: 'acknowledged' })).toEqual({ ok: true, value: {} })
    expect(await client.moveAlarm({ alarmId: uuid(1), state: 'cleared' })).toMatchObject({ ok: false, error: { code: 'GW_ALARM_REFUSED' } })
    expect(await client.moveAlarm({ alarmId: 'x', state: 'cleared' })).toMatchObject({ ok: false, error: { code: 'GW_CONTROL_INVALID', details: { problem: expect.stringContaining('/alarmId') } } })
    expect(await client.zones()).toEqual({ ok: true, value: { zones: [{ zoneId: 'north', inputs: [], mayReset: true }] } })
    expect(await client.resetZone('north')).toEqual({ ok: true, value: {} })
    expect(await client.resetZone('south')).toMatchObject({ ok: false, error: { code: 'GW_FIRE_REFUSED', details: { zoneId: 'south' } } })
    expect(calls).toEqual([
      ['code', 'reader', 'pad-1'], ['alarm', { alarmId: uuid(1), state: 'acknowledged' }], ['alarm', { alarmId: uuid(1), state: 'cleared' }], ['zone', 'north'], ['zone', 'south'],
    ])
  })
})
