import { Counter, Histogram, type Registry } from 'prom-client'

export interface SyncMetrics {
  /** `unprojected`: stored, but of an unknown kind or not valid for its kind. */
  records(result: 'stored' | 'duplicate' | 'unprojected', count: number): void
  refused(code: string): void
  /** Seconds of one batch, from its turn in the write queue to its commit. */
  batch(seconds: number): void
}

export function createSyncMetrics(registry: Registry): SyncMetrics {
  const registers = [registry]
  const records = new Counter({ name: 'sv_sync_records_total', help: 'Records received from gateways', labelNames: ['result'], registers })
  const refused = new Counter({ name: 'sv_sync_batches_refused_total', help: 'Uploads refused whole, by error code', labelNames: ['code'], registers })
  const seconds = new Histogram({
    name: 'sv_sync_batch_seconds', help: 'Time to store one upload', buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5], registers,
  })
  return {
    records: (result, count) => records.inc({ result }, count),
    refused: (code) => refused.inc({ code }),
    batch: (time) => seconds.observe(time),
  }
}
