import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from 'typebox'
import { parseJson } from '#contract/codec.js'
import { Closed } from '#contract/wire-types.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { failSim } from '../errors.js'
import { createFaceSource } from '../frames/face-source.js'
import { FACE_TABLE } from '../frames/face-table.js'
import { textSeed } from '../frames/passage.js'
import type { TerminalEntry } from '../run/devices-file.js'
import { createBystanders } from './bystanders.js'
import { GOOD_TERMINAL, parseOemProfile } from './oem-faults.js'
import { type SimulatedTerminal, createOemTerminal } from './oem-terminal.js'
import { createTerminalFlash } from './terminal-flash.js'
import type { TerminalAccess } from './terminal-session.js'

/** What `issue-terminal --login` writes. */
const LoginFile = Closed({
  clientId: Type.String({ minLength: 1, maxLength: 64 }), userName: Type.String({ minLength: 1, maxLength: 64 }), password: Type.String({ minLength: 1, maxLength: 128 }),
})

/** A terminal with people who come by, and what a hand can do with it. */
export interface BuiltTerminal extends SimulatedTerminal {
  /** Somebody of the face table stands before it. @throws AppError SIM_FACE_UNKNOWN */
  showFace(faceId: string): Promise<void>
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw failSim('SIM_USAGE', { file, reason: 'cannot be read' }, cause)
  }
}

function accessOf(entry: TerminalEntry): TerminalAccess {
  const { url, caFile, certFile, keyFile, loginFile } = entry
  const login = loginFile === undefined ? undefined : parseJson<{ userName: string; password: string }>(LoginFile, read(loginFile))
  if (login?.ok === false) throw failSim('SIM_USAGE', { file: loginFile, error: login.error })
  return {
    url, ...(caFile === undefined ? {} : { ca: read(caFile) }), ...(certFile === undefined ? {} : { cert: read(certFile) }),
    ...(keyFile === undefined ? {} : { key: read(keyFile) }), ...(login === undefined ? {} : { userName: login.value.userName, password: login.value.password }),
  }
}

/**
 * Makes the face terminals of the options, connected to nothing yet.
 * @throws AppError SIM_USAGE for files and faults that are not right
 */
export function buildTerminals(
  entries: readonly TerminalEntry[], options: { readonly seed: number; readonly stateDir: string }, world: { clock: Clock; log: Logger },
): BuiltTerminal[] {
  const faces = createFaceSource()
  return entries.map((entry) => {
    const random = seededRandom(options.seed ^ textSeed(`${entry.estateId}/${entry.id}`))
    const profile = entry.faults === undefined ? { ok: true as const, value: GOOD_TERMINAL } : parseOemProfile(entry.faults)
    if (!profile.ok) throw failSim('SIM_USAGE', { device: entry.id, error: profile.error })
    mkdirSync(options.stateDir, { recursive: true, mode: 0o700 })
    const log = world.log.child({ device: entry.id, estate: entry.estateId })
    const terminal = createOemTerminal({
      terminalId: entry.id, access: accessOf(entry), profile: profile.value,
      flash: createTerminalFlash(join(options.stateDir, `${entry.estateId}.${entry.id}.flash`)), world: { clock: world.clock, random, log },
    })
    const showFace = async (faceId: string): Promise<void> => {
      const seen = await terminal.show(await faces.photo(faceId))
      log.info({ faceId, ...seen }, 'somebody stood before the terminal')
    }
    const faceIds = entry.faceIds ?? FACE_TABLE.map((face) => face.faceId)
    const bystanders = createBystanders({ meanSeconds: entry.showSeconds ?? 0, faceIds, showFace, random, clock: world.clock, log })
    return {
      ...terminal, showFace,
      start() {
        terminal.start()
        bystanders.start()
      },
      async stop() {
        bystanders.stop()
        await terminal.stop()
      },
    }
  })
}
