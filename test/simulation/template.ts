import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import { createIdSource } from '#kernel/ids.js'
import { LIMITS } from '#kernel/limits.js'
import { silentLogger } from '#kernel/log.js'
import type { DeviceAddress } from '#contract/topics.js'
import { addEstate } from '../../server/estate/estate-service.js'
import { createGateService } from '../../server/estate/gate-service.js'
import { publishNotices } from '../../server/consent/notice-service.js'
import { NOTICE_TEXTS } from '../../server/consent/notice-texts.js'
import { openDatabase } from '../../server/db/client.js'
import { migrate } from '../../server/db/migrate.js'
import type { Database } from '../../server/db/transaction.js'
import { createResidentPasses } from '../../server/household/resident-passes.js'
import { packageRoot } from '../../server/package-root.js'
import { credentialHashOf } from '../../server/sync/gateway-auth.js'
import { type GatewayConfig, parseConfig } from '../../gateway/config.js'
import { createGatewayStore } from '../../gateway/store/gateway-store.js'
import type { SigningKey } from '../../gateway/sync/signing-key.js'
import { GATEWAY_ID, IDENTITY } from '../support/identity.js'
import { START_WALL_MS } from '../support/virtual-clock.js'
import { type DiskImage, createVirtualDisk } from './disk/virtual-disk.js'
import { createDice } from './engine/dice.js'
import { createLife, createLifeClock } from './engine/life.js'
import { createTimeline } from './engine/timeline.js'
import { fingerprintOf } from './network/virtual-broker.js'
import { type DatabaseImage, takeDatabaseImage } from './server/database-image.js'
import { createServerLife } from './server/server-life.js'

export const ESTATE_ID = IDENTITY.estateId
export const OPERATOR = '00000000-0000-7000-8000-0000000000aa'
const YEAR_MS = 365 * 86_400_000
export const CONSENT_MS = YEAR_MS
export const PERSONS = 5

export const deviceAddress = (deviceKind: DeviceAddress['deviceKind'], deviceId: string): DeviceAddress => ({ estateId: ESTATE_ID, deviceKind, deviceId })
/** Two gates of one fire zone, each with a camera, a reader and a controller of its own. */
export const GATES = [1, 2] as const
export const DEVICES: readonly DeviceAddress[] = GATES.flatMap((gate) =>
  [deviceAddress('controller', `ctl-${gate}`), deviceAddress('camera', `cam-${gate}`), deviceAddress('reader', `rd-${gate}`)])

export interface TemplatePerson {
  readonly personRef: string
  readonly permitId: string
  readonly consentId: string
  readonly card: string
}

/** What every world begins with: an estate with gates, people, cards and a claimed gateway that has never run. */
export interface Template {
  readonly folder: string
  readonly db: Database
  readonly server: DatabaseImage
  readonly gateway: DiskImage
  readonly key: SigningKey
  readonly templateKey: Uint8Array
  readonly config: GatewayConfig
  readonly persons: readonly TemplatePerson[]
  close(): Promise<void>
}

/** The same in every process, so that a seed's history is too. */
function fixedKey(): SigningKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 9)]), format: 'der', type: 'pkcs8' })
  return { privateKey, publicKeyText: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64') }
}

async function fillServer(db: Database, key: SigningKey): Promise<TemplatePerson[]> {
  const timeline = createTimeline()
  const life = createLife(() => undefined)
  const clock = createLifeClock({ timeline, life, machine: { rate: 1, wallAheadMs: 0 }, startWallMs: START_WALL_MS })
  const { random } = createDice(1, 'template')
  const server = createServerLife({ db, life, clock, random, note: () => undefined, showsAll: true, rosterPageItems: LIMITS.rosterPageItemsMax })
  const { change, persons, permits, consents, credentials } = server
  await change(OPERATOR, (one) => addEstate(one, { estateId: ESTATE_ID, name: '公租房', district: '蓬江区' }))
  await publishNotices({ change, texts: NOTICE_TEXTS })
  await db.transact((tx) => tx.gateway.create({ data: {
    gatewayId: GATEWAY_ID, estateId: ESTATE_ID, name: 'gateway', signingPublicKey: key.publicKeyText, credentialHash: credentialHashOf(IDENTITY.credential),
    claimedAtMs: BigInt(START_WALL_MS), createdAtMs: BigInt(START_WALL_MS),
  } }))
  const gates = createGateService({ read: db.read, change, passes: createResidentPasses({ ids: createIdSource({ clock, random }) }) })
  for (const gate of GATES) {
    await gates.put(OPERATOR, ESTATE_ID, {
      gateId: `gate-${gate}`, name: `${gate} 号门`, zoneId: 'all', controllerId: `ctl-${gate}`, doorNo: 1, releaseMs: 3_000, faceFreeWays: ['card', 'qr'], rules: NO_GATE_RULES,
      devices: [{ deviceId: `cam-${gate}`, direction: 'in' }, { deviceId: `rd-${gate}`, direction: 'in' }],
    })
  }
  const made: TemplatePerson[] = []
  for (let number = 0; number < PERSONS; number++) {
    const { personRef } = await persons.create(OPERATOR, { estateId: ESTATE_ID, displayName: `住户 ${number}`, birthDate: '1980-05-01', unitLabel: '3-502' })
    const { permitId } = await permits.issue(OPERATOR, {
      personRef, role: 'resident', gateIds: GATES.map((gate) => `gate-${gate}`), scheduleId: null, validFromMs: 0, validUntilMs: START_WALL_MS + YEAR_MS,
    })
    const { consentId } = await consents.grant(OPERATOR, { personRef, noticeVersion: 'face-access-1', guardianRef: null, expiresAtMs: START_WALL_MS + CONSENT_MS })
    const card = `04aabb0${number}`
    await credentials.issueCard(OPERATOR, { personRef, number: card })
    made.push({ personRef, permitId, consentId, card })
  }
  return made
}

/** A gateway's disk with its identity and its devices, and an empty log. */
async function gatewayImage(folder: string, templateKey: Uint8Array): Promise<DiskImage> {
  const timeline = createTimeline()
  const life = createLife(() => undefined)
  const clock = createLifeClock({ timeline, life, machine: { rate: 1, wallAheadMs: 0 }, startWallMs: START_WALL_MS })
  const dice = createDice(1, 'gateway image')
  const disk = createVirtualDisk({ folder: join(folder, 'image'), dice, timeline, onCommit: () => undefined })
  const store = createGatewayStore({ path: disk.path(), templateKey, clock, random: dice.random, log: silentLogger, space: { connect: disk.connect(life) } })
  await store.open()
  await store.saveIdentity(IDENTITY)
  for (const { deviceId, deviceKind } of DEVICES) await store.saveDevice({ deviceId, deviceKind, certificateFingerprint: fingerprintOf(deviceId), revokedAtMs: null })
  await store.close()
  const image = disk.image()
  disk.close()
  return image
}

/** @param parent folder for everything that the worlds write, best in memory */
export async function makeTemplate(parent: string): Promise<Template> {
  const folder = mkdtempSync(join(parent, 'smart-estates-worlds-'))
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'server.db')
  const clock = createLifeClock({ timeline: createTimeline(), life: { isAlive: () => true }, machine: { rate: 1, wallAheadMs: 0 }, startWallMs: START_WALL_MS })
  const ids = createIdSource({ clock, random: createDice(1, 'migrations').random })
  await migrate({ url: `file:${path}`, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock, ids })
  const db = await openDatabase(`file:${path}`)
  const key = fixedKey()
  const templateKey = new Uint8Array(32).fill(7)
  const persons = await fillServer(db, key)
  const server = takeDatabaseImage(path)
  const sync = { uploadIntervalMs: 10_000, rosterIntervalMs: 15_000 }
  const config = parseConfig({ dataDir: folder, server: { url: 'https://server.invalid' }, sync, store: { keepDays: 1 } }, join(folder, 'gateway.json'))
  return {
    folder, db, server, key, templateKey, persons, config, gateway: await gatewayImage(folder, templateKey),
    async close() {
      server.close()
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
