import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#kernel/app-error.js'
import { failSim } from '../errors.js'
import type { WalletEntry } from '../reader/reader-entry.js'
import { readJsonFile, writeJsonFile } from './json-file.js'

/** What was set up for one person; each field appears when its step is done. */
export interface PersonState {
  personRef?: string
  consentId?: string
  /** Number that was set. */
  phone?: string
  /** Gates that the permits made for this person name. */
  permitGates?: string[]
  /** What the person carries beside the face. */
  wallet?: WalletEntry
  /** Templates stored at the gateway, or why it refused the photo. */
  enrolled?: string
}

export interface EstateState {
  gatewayId?: string
  /** Codes of a visitor and of a carer who comes again and again. */
  visitor?: { text: string; untilMs: number }
  carer?: { text: string; untilMs: number }
  persons: Record<string, PersonState>
}

export interface DemoState {
  version: 1
  estates: Record<string, EstateState>
}

/** Where everything of a demo is. */
export interface DemoPaths {
  readonly dataDir: string
  readonly serverConfig: string
  readonly serverDir: string
  /** What phones got, as the sandbox of the SMS service keeps it. */
  readonly messages: string
  /** Keys of the channel sandbox and of the merchant. */
  readonly channelKeys: string
  readonly logins: string
  /** The administrator's password while the server does not know it for sure. */
  readonly newAdmin: string
  readonly logDir: string
  readonly pidFile: string
  readonly camerasFile: string
  readonly controllersFile: string
  readonly simDir: string
  estateDir(estateId: string): string
}

export function demoPaths(dataDir: string): DemoPaths {
  return {
    dataDir,
    serverConfig: join(dataDir, 'server.json'), serverDir: join(dataDir, 'server'),
    messages: join(dataDir, 'messages.jsonl'), channelKeys: join(dataDir, 'channel-keys'),
    logins: join(dataDir, 'logins.json'), newAdmin: join(dataDir, 'new-admin.json'), logDir: join(dataDir, 'logs'), pidFile: join(dataDir, 'running.json'),
    camerasFile: join(dataDir, 'cameras.json'), controllersFile: join(dataDir, 'controllers.json'), simDir: join(dataDir, 'sim'),
    estateDir: (estateId) => join(dataDir, estateId),
  }
}

export interface StateFile {
  readonly state: DemoState
  estate(estateId: string): EstateState
  person(estateId: string, faceId: string): PersonState
  save(): void
}

const stateFile = (dataDir: string): string => join(dataDir, 'demo.json')

/** Turns what the system refuses, as a folder that may not be written or is a file, into one line that names it. */
function inFolder<T>(dataDir: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof AppError) throw error
    throw failSim('SIM_DEMO_DATA', { folder: dataDir, reason: (error as Error).message }, error)
  }
}

/** All that is there of a demo whose first start was killed before it noted anything. */
const BARELY_BEGUN = ['demo.json.new', 'logs', '.gitignore']
const holdsDemo = (dataDir: string): boolean => existsSync(stateFile(dataDir)) || readdirSync(dataDir).every((name) => BARELY_BEGUN.includes(name))

/** Deletes an earlier demo. A folder that holds anything but a demo is left alone. @throws AppError SIM_DEMO_DATA */
export const deleteDemo = (dataDir: string): void => inFolder(dataDir, () => {
  if (!existsSync(dataDir)) return
  if (!holdsDemo(dataDir)) throw failSim('SIM_DEMO_DATA', { folder: dataDir, reason: 'has no demo.json: not deleted' })
  // What makes it a demo goes last: one that is killed here is still one.
  for (const name of readdirSync(dataDir)) if (join(dataDir, name) !== stateFile(dataDir)) rmSync(join(dataDir, name), { recursive: true })
  rmSync(dataDir, { recursive: true })
})

/** Opens the folder, or makes it. @throws AppError SIM_DEMO_DATA where it holds something else, or cannot be written */
export const openDemo = (dataDir: string): StateFile => inFolder(dataDir, () => {
  const path = stateFile(dataDir)
  if (existsSync(dataDir) && !holdsDemo(dataDir)) throw failSim('SIM_DEMO_DATA', { folder: dataDir, reason: 'holds something else than a demo; --data DIR takes another' })
  mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 })
  chmodSync(dataDir, 0o700)
  writeFileSync(join(dataDir, '.gitignore'), '*\n')
  const state = readJsonFile<DemoState>(path) ?? { version: 1, estates: {} }
  const estate = (estateId: string): EstateState => (state.estates[estateId] ??= { persons: {} })
  const save = (): void => writeJsonFile(path, state)
  save()
  return { state, estate, save, person: (estateId, faceId) => (estate(estateId).persons[faceId] ??= {}) }
})
