import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startGatewayApiServer } from '../support/gateway-api-server.js'
import { consent, gate, permit, person, personRef } from '../support/factories.js'
import { type TestDevice, connectDevice, obey, sendFrame } from './support/gateway-devices.js'
import { createHome, frameOf, missing, photoOf, until } from './support/gateway-rig.js'

const NUAA = fileURLToPath(new URL('../../../shared/data/faces/nuaa/', import.meta.url))
const FACE = 's1-a'

/** A gateway with one enrolled person, its camera and an obedient controller. */
async function open(face: object, photo: (home: ReturnType<typeof createHome>) => Promise<string>) {
  const nowMs = Date.now()
  const server = await startGatewayApiServer()
  server.publish(
    gate(1, { cameraIds: ['cam-1'], controllerId: 'ctl-1' }), person(1),
    consent(1, { grantedAtMs: nowMs - 60_000, expiresAtMs: nowMs + 3_600_000 }), permit(1, { validFromMs: nowMs - 60_000, validUntilMs: nowMs + 3_600_000 }),
  )
  const home = createHome(server)
  home.config({ face, access: { regrantHoldMs: 0 } })
  const gateway = await home.start()
  const camera = await connectDevice(home, gateway.mqttPort, 'camera', 'cam-1')
  const controller = await connectDevice(home, gateway.mqttPort, 'controller', 'ctl-1', obey)
  onTestFinished(async () => {
    await Promise.all([camera.end(), controller.end()])
    home.remove()
    await server.close()
  })
  const enrolled = await home.command('enrol', '--person', personRef(1), '--photo', await photo(home), '--json')
  expect(JSON.parse(enrolled.stdout)).toMatchObject({ kind: 'enrolled' })

  const analysed = async (): Promise<number> => {
    const metrics = await (await fetch(`http://127.0.0.1:${gateway.opsPort}/metrics`)).text()
    return metrics.split('\n').filter((line) => line.startsWith('gw_decisions_total')).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  }
  /** Shows pictures one after the other, each once the one before was looked at; the passages that were logged. */
  const show = async (pictures: readonly Uint8Array[]): Promise<{ shown: unknown[]; commands: number; logged: unknown[] }> => {
    const before = (await home.records()).length
    for (const device of [camera, controller]) device.inbox.length = 0
    await controller.heartbeat()
    for (const picture of pictures) {
      const seen = await analysed()
      await sendFrame(camera, picture)
      await until(async () => (await analysed()) > seen, 'the frame to be looked at')
    }
    await new Promise((resolve) => setTimeout(resolve, 400))
    const logged = (await home.records()).slice(before).filter(({ kind }) => kind === 'passage.v2')
    return { shown: results(camera), commands: controller.inbox.filter(({ kind }) => kind === 'doorCommand').length, logged: logged.map(({ result, reason }) => reason ?? result) }
  }
  return { show, gone: () => new Promise((resolve) => setTimeout(resolve, 2_000)) }
}
const results = (camera: TestDevice): unknown[] =>
  camera.inbox.filter(({ kind }) => kind === 'frameResult').map(({ payload }) => (payload as { reason: string | null }).reason)

/** The pictures of one session, in the order in which they were taken. */
function session(kind: 'live' | 'print', name: string): Buffer[] {
  const folder = join(NUAA, kind, name.slice(0, 4))
  const number = (file: string): number => Number(/_(\d+)\.jpg$/.exec(file)?.[1])
  return readdirSync(folder).filter((file) => file.startsWith(`${name}_`)).sort((a, b) => number(a) - number(b)).map((file) => readFileSync(join(folder, file)))
}

describe.skipIf(missing() !== undefined)('a picture before the camera', { timeout: 240_000 }, () => {
  it('that is not live is one attempt: refused once, shown once, logged once, for as long as it is held up', async () => {
    const { show } = await open({ livenessMin: 1 }, (home) => photoOf(home, FACE))
    const frame = await frameOf(FACE)
    expect(await show(Array.from({ length: 40 }, () => frame))).toEqual({ shown: ['not-live'], commands: 0, logged: ['not-live'] })
  })

  it('printed: no door opens however long; the person in flesh passes within five frames, before and after', async (ctx) => {
    if (!existsSync(NUAA)) {
      console.log('needs ../shared/data/faces/nuaa: printed faces are not shown to the gateway here')
      return ctx.skip('needs ../shared/data/faces/nuaa')
    }
    const live = session('live', '0003_01_00_01')
    const { show, gone } = await open({ coolDownMs: 60_000 }, async () => join(NUAA, 'live', '0003', readdirSync(join(NUAA, 'live', '0003'))[4] as string))
    expect((await show(live.slice(0, 5))).commands).toBeGreaterThan(0)
    await gone()
    const sheet = session('print', '0003_01_00_01')
    expect(await show([...sheet, ...sheet, ...sheet])).toMatchObject({ commands: 0, logged: ['not-live'] })
    await gone()
    // Regression: taking the sheet away and showing it again was a fresh attempt each time.
    const again = await show(sheet.slice(0, 8))
    expect([again.commands, new Set(again.shown)]).toEqual([0, new Set(['not-live'])])
    return undefined
  })
})
