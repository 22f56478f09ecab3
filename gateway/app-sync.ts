import { readFile } from 'node:fs/promises'
import { createExclusive } from '#kernel/exclusive.js'
import { createGalleryFeed } from './access/gallery-feed.js'
import type { RosterView } from './access/roster-view.js'
import type { GatewayRuntime } from './app-estate.js'
import type { Terminals } from './app-terminals.js'
import type { GatewayConfig } from './config.js'
import { createConsentWatch } from './enrol/consent-watch.js'
import { type EnrolService, createEnrolService } from './enrol/enrol-service.js'
import { createTemplateKeeper } from './enrol/template-keeper.js'
import { gatewayError } from './errors.js'
import type { FaceEngine, FaceModelInfo } from './face/types.js'
import type { Lifecycle } from './lifecycle.js'
import type { GatewayStore, RosterSnapshot } from './store/types.js'
import { claimIdentity } from './sync/claim.js'
import { type EpochKeeper, beginWriting, createEpochKeeper } from './sync/epoch.js'
import { createRosterAge } from './sync/roster-age.js'
import { type RosterApplier, createRosterApplier } from './sync/roster-applier.js'
import { createServerClient } from './sync/server-client.js'
import { loadSigningKey } from './sync/signing-key.js'
import type { SyncPeer } from './sync/sync-peer.js'
import { type SyncService, createSyncService } from './sync/sync-service.js'

/** A gateway that the server knows and whose log may be written. */
export interface Claimed {
  readonly peer: SyncPeer
  readonly epochs: EpochKeeper
}

/**
 * Identity, key and epoch: from the store, or from the server at the first start.
 * @returns undefined where `signal` aborted before
 * @throws GW_CONFIG, GW_SYNC_*
 */
export async function claimGateway(
  deps: { config: GatewayConfig; store: GatewayStore; runtime: GatewayRuntime }, signal: AbortSignal,
): Promise<Claimed | undefined> {
  const { config, store, runtime } = deps
  const { clock, random } = runtime
  const log = runtime.log.child({ part: 'sync' })
  const known = await store.identity()
  const key = await loadSigningKey({ dataDir: config.dataDir, mayCreate: known === undefined })
  const client = createServerClient({
    url: config.server.url, ca: await readAuthorities(config.server.caFile), requestTimeoutMs: config.sync.requestTimeoutMs, clock,
  })
  const giveUp = (): void => client.stop()
  signal.addEventListener('abort', giveUp, { once: true })
  const identity = known ?? await claimIdentity({ client, store, key, clock, random, log }, config.claimTokenFile, signal)
  if (identity === undefined) return undefined
  const peer = { client, identity, key }
  const epochs = createEpochKeeper({ peer, store, log })
  const writable = await beginWriting({ epochs, store, runtime: { clock, random, log } }, signal)
  // From here on the sync has the client, and a stop lets it send what is left.
  signal.removeEventListener('abort', giveUp)
  return writable ? { peer, epochs } : undefined
}

async function readAuthorities(caFile: string | null): Promise<string | null> {
  if (caFile === null) return null
  return readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw gatewayError('GW_CONFIG', { errors: [`server.caFile: ${caFile} cannot be read`] }, cause)
  })
}

/** Both ways to the server, and everything that must follow the roster. */
export interface OpenSync {
  readonly sync: SyncService
  readonly enrolment: EnrolService
  /** The newest state of the roster. */
  roster(): RosterSnapshot
  /** Since everything that the server had was here. */
  rosterAgeMs(): number
  /** True where this gateway holds a face of the person. */
  isEnrolled(personRef: string): boolean
  /** Takes over what was agreed at the desk; see `RosterApplier`. */
  agree: RosterApplier['agree']
}

export interface OpenSyncDeps {
  readonly config: GatewayConfig
  readonly store: GatewayStore
  readonly engine: FaceEngine
  readonly roster: RosterView
  readonly terminals: Terminals
  /** Told of every new state of the roster, after all that must follow it has. */
  readonly followed: (roster: RosterSnapshot) => void
  readonly runtime: GatewayRuntime
}

/** Fills the gallery from the store, erases what no consent allows any more, and begins to talk to the server. */
export async function openSync(deps: OpenSyncDeps, { peer, epochs }: Claimed, model: FaceModelInfo, parts: Lifecycle): Promise<OpenSync> {
  const { config, store, engine, roster, terminals, runtime: { clock, random, stamp, log } } = deps
  const exclusive = createExclusive()
  const enrolLog = log.child({ part: 'enrol' })
  const keeper = terminals.keeper(createTemplateKeeper({ store, gallery: engine, model, stamp, log: enrolLog }))
  const watch = createConsentWatch({ keeper, exclusive, clock, log: enrolLog })
  const feed = createGalleryFeed({ roster, gallery: engine, clock, log: enrolLog })
  let newest = await store.roster()
  const changed = async (next: RosterSnapshot): Promise<void> => {
    newest = next
    roster.replace(next, new Set((await store.deskHolds()).map(({ itemId }) => itemId)))
    await watch.follow(next.consents)
    await feed.refresh()
    await terminals.follow(next)
    deps.followed(next)
  }
  const applier = createRosterApplier({ store, keeper, exclusive, clock, changed })
  const age = createRosterAge({ store, clock, log: log.child({ part: 'sync' }) })
  const sync = createSyncService({
    peer, store, epochs, roster: { applier, age }, runtime: { clock, random, log: log.child({ part: 'sync' }) }, times: config.sync,
  })

  await keeper.load()
  await parts.open('templates', () => exclusive(() => changed(newest)), async () => {
    watch.stop()
    // What already runs must end before the workers and the store do.
    await exclusive(async () => undefined)
  })
  await parts.open('roster age', () => age.start(), () => age.stop())
  await parts.open('gallery', () => feed.start(), () => feed.stop())
  await parts.open('sync', () => sync.start(), () => sync.stop())
  return {
    sync, enrolment: terminals.enrolment(createEnrolService({ store, engine, keeper, exclusive, clock })), roster: () => newest, rosterAgeMs: age.ageMs,
    isEnrolled: (personRef) => keeper.held().has(personRef), agree: (items, also) => applier.agree(items, also),
  }
}
