import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  /** Messages to phones, as the server writes them where no SMS contract is. */
  readonly messages: string
  /** Keys of the channel sandbox and of the merchant. */
  readonly channelKeys: string
  readonly logins: string
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
    messages: join(dataDir, 'server', 'messages.jsonl'), channelKeys: join(dataDir, 'channel-keys'),
    logins: join(dataDir, 'logins.json'), logDir: join(dataDir, 'logs'), pidFile: join(dataDir, 'running.json'),
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

/** Deletes an earlier demo. A folder that holds anything but a demo is left alone. @throws AppError SIM_DEMO_DATA */
export function deleteDemo(dataDir: string): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return
  if (!existsSync(stateFile(dataDir))) throw failSim('SIM_DEMO_DATA', { folder: dataDir, reason: 'has no demo.json: not deleted' })
  rmSync(dataDir, { recursive: true })
}

/** Opens the folder, or makes it. @throws AppError SIM_DEMO_DATA where it holds something else */
export function openDemo(dataDir: string): StateFile {
  const path = stateFile(dataDir)
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0 && !existsSync(path)) {
    throw failSim('SIM_DEMO_DATA', { folder: dataDir, reason: 'holds something else than a demo' })
  }
  mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 })
  chmodSync(dataDir, 0o700)
  writeFileSync(join(dataDir, '.gitignore'), '*\n')
  const state = readJsonFile<DemoState>(path) ?? { version: 1, estates: {} }
  const estate = (estateId: string): EstateState => (state.estates[estateId] ??= { persons: {} })
  const save = (): void => writeJsonFile(path, state)
  save()
  return { state, estate, save, person: (estateId, faceId) => (estate(estateId).persons[faceId] ??= {}) }
}
