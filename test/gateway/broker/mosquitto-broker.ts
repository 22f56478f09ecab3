import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { renderAcl, renderMosquittoConf } from '../../../gateway/broker/mosquitto-files.js'
import type { CertificateAuthority } from '../../../gateway/device/certificate-authority.js'

/** Debian puts daemons where a user's PATH does not look. */
const COMMAND = ['mosquitto', '/usr/sbin/mosquitto'].find((command) => spawnSync(command, ['-h']).error === undefined)

export const hasMosquitto = COMMAND !== undefined

/** A Mosquitto process that runs on the rendered files. */
export interface Mosquitto {
  readonly port: number
  readonly pid: () => number | undefined
  /** Ends the process and begins another one on the same port. */
  restart(between?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

export const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resolve(port))
  })
})

const answers = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => {
    socket.destroy()
    resolve(true)
  })
  socket.once('error', () => resolve(false))
})

async function spawned(conf: string, port: number): Promise<ChildProcess> {
  const child = spawn(COMMAND as string, ['-c', conf], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => { said += chunk.toString() })
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return child
}

const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => {
  if (child.exitCode !== null || child.signalCode !== null) return resolve()
  child.once('exit', () => resolve())
  child.kill()
})

/** Runs one on a folder of rendered files. It gives its own rights up for those of the user `mosquitto`, who may not read a test's folder. */
export async function runMosquitto(folder: string, port: number): Promise<Mosquitto> {
  const conf = join(folder, 'test.conf')
  writeFileSync(conf, `user root\n${readFileSync(join(folder, 'mosquitto.conf'), 'utf8')}`)
  let child = await spawned(conf, port)
  return {
    port,
    pid: () => child.pid,
    async restart(between) {
      await ended(child)
      await between?.()
      child = await spawned(conf, port)
    },
    stop: () => ended(child),
  }
}

export async function startMosquitto(deps: { authority: CertificateAuthority; estateId: string; folder: string; connectionsMax: number }): Promise<Mosquitto> {
  const folder = join(deps.folder, 'mosquitto')
  mkdirSync(folder)
  const port = await freePort()
  const { caPem, certPem, keyPem } = await deps.authority.serverTls([], 'broker')
  const conf = renderMosquittoConf({ host: '127.0.0.1', port, connectionsMax: deps.connectionsMax, folder })
  const files = { acl: renderAcl(deps.estateId, []), 'ca.pem': caPem, 'cert.pem': certPem, 'key.pem': keyPem, 'mosquitto.conf': conf }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  return runMosquitto(folder, port)
}
