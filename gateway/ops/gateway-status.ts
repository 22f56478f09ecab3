import type { BackupStatus } from '../backup/backup-schedule.js'
import type { FaceEngineStatus } from '../face/types.js'
import type { RemoteFaceStatus } from '../face-host/remote-faces.js'
import type { SpaceStatus } from '../store/space-guard.js'
import type { SyncService } from '../sync/sync-service.js'

/** `unclaimed`: the server does not know this gateway yet; nothing is open. */
export type GatewayState = 'starting' | 'unclaimed' | 'open' | 'stopping'

/** What the gateway says about itself to operators and monitors. Names no person and shows no secret. */
export interface GatewayStatus {
  readonly state: GatewayState
  readonly version: string
  readonly bootId: string
  readonly startedAtMs: number
  readonly gatewayId: string | null
  readonly estateId: string | null
  /** Ports that are open now, null before. */
  readonly mqttPort: number | null
  readonly opsPort: number | null
  readonly log: { readonly epoch: number; readonly seq: number; readonly backlogRecords: number } | null
  /** What the log has for space, and what was refused for want of it. */
  readonly space: SpaceStatus | null
  /** `ageMs`: since everything that the server had was here. */
  readonly roster: { readonly cursor: number; readonly persons: number; readonly gates: number; readonly ageMs: number } | null
  readonly face: (FaceEngineStatus & {
    readonly modelId: string; readonly workers: number; readonly galleryPersons: number
    /** Face workers in other processes. */
    readonly remotes: readonly RemoteFaceStatus[]
  }) | null
  readonly devicesConnected: number
  readonly sync: ReturnType<SyncService['status']> | null
  /** Null where no backups are configured. */
  readonly backup: BackupStatus | null
}

/** What keeps the gateway from serving a gate. A server out of reach does not: the estate goes on without it. */
export function problemsOf(status: GatewayStatus): string[] {
  const problems: string[] = []
  if (status.state !== 'open') problems.push(`state: ${status.state}`)
  if (status.state === 'open' && status.face?.workersReady === 0) problems.push('face: no worker is ready')
  const missing = (status.face?.remotes ?? []).filter(({ state, fallback }) => state !== 'ready' && fallback === 'none')
  if (status.state === 'open') problems.push(...missing.map(({ name, state }) => `face: worker ${name} is ${state}, and nobody looks at its cameras`))
  return problems
}
