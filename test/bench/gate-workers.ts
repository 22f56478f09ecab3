import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../gateway/package-root.js'
import { type GatewayHome, until } from '../flow/support/gateway-rig.js'
import { readMetrics } from './prometheus.js'

export interface RemoteWorker {
  readonly name: string
  readonly cameras: readonly string[]
  readonly fallback: 'none'
}

/** So many face workers in processes of their own, each camera at one of them in turn. */
export const remoteWorkers = (count: number, cameraIds: readonly string[]): RemoteWorker[] =>
  Array.from({ length: Math.min(count, cameraIds.length) }, (_, worker) =>
    ({ name: `fw-${worker + 1}`, cameras: cameraIds.filter((_, index) => index % count === worker), fallback: 'none' }))

/** Starts them at this gateway and waits until all take frames. @returns ends them */
export async function startRemoteWorkers(home: GatewayHome, ports: { mqttPort: number; opsPort: number }, remotes: readonly RemoteWorker[]): Promise<() => Promise<void>> {
  const children: ChildProcess[] = []
  for (const { name } of remotes) {
    const certificateFolder = join(home.folder, 'devices', name)
    const issued = await home.command('issue-device', '--kind', 'face-worker', '--id', name, '--out', certificateFolder)
    if (issued.code !== 0) throw new Error(issued.stderr)
    const config = join(home.folder, `${name}.json`)
    writeFileSync(config, JSON.stringify({ brokerUrl: `mqtts://localhost:${ports.mqttPort}`, certificateFolder, log: { level: 'warn' } }))
    children.push(spawn(process.execPath, [join(packageRoot(), 'dist', 'gateway', 'main.js'), '--config', config, 'face-worker'], { stdio: 'ignore' }))
  }
  const ready = async (): Promise<number> => Object.values((await readMetrics(ports.opsPort))('gw_face_remote_ready')).reduce((sum, one) => sum + one, 0)
  await until(async () => (await ready()) === remotes.length, 'all face workers take frames', 120_000)
  return async () => {
    for (const child of children) {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    }
  }
}
