import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { demoFigures, liveFigures } from '../../../firmware-sim/demo/figures.js'
import { histogramQuantile, parseMetrics, total, totals } from '../../../firmware-sim/demo/prometheus.js'
import type { Integrity } from '../../../firmware-sim/demo/server-api.js'

/** A gateway's metrics page as prom-client writes it. */
async function page(latencies: readonly number[], opened: number, seq: number): Promise<string> {
  const registers = [new Registry()]
  new Counter({ name: 'gw_frames_received_total', help: 'h', registers }).inc(100)
  new Counter({ name: 'gw_doors_opened_total', help: 'h', registers }).inc(opened)
  const decisions = new Counter({ name: 'gw_decisions_total', help: 'h', labelNames: ['result', 'reason'], registers })
  decisions.inc({ result: 'granted', reason: 'none' }, opened)
  decisions.inc({ result: 'refused', reason: 'no-face' }, 60)
  decisions.inc({ result: 'refused', reason: 'a "b"\\c,d=1' }, 2)
  new Gauge({ name: 'gw_log_seq', help: 'h', labelNames: ['epoch'], registers }).set({ epoch: '2' }, seq)
  new Gauge({ name: 'gw_backlog_records', help: 'h', registers }).set(7)
  const open = new Histogram({ name: 'gw_frame_to_open_ms', help: 'h', buckets: [10, 20, 50, 100], registers })
  for (const ms of latencies) open.observe(ms)
  const stage = new Histogram({ name: 'gw_stage_ms', help: 'h', labelNames: ['stage'], buckets: [1, 5], registers })
  stage.observe({ stage: 'decode' }, 3)
  return (registers[0] as Registry).metrics()
}

describe('metrics pages', () => {
  it('are read as prom-client writes them', async () => {
    const samples = parseMetrics(await page([15], 3, 40))
    expect(total(samples, 'gw_frames_received_total')).toBe(100)
    expect(totals(samples, 'gw_decisions_total', 'reason')).toEqual({ none: 3, 'no-face': 60, 'a "b"\\c,d=1': 2 })
    expect(liveFigures(samples)).toEqual({ frames: 100, granted: 3, refused: 62, opened: 3, backlog: 7 })
    expect(parseMetrics('# HELP x y\n\nnonsense\n')).toEqual([])
  })

  it('quantiles lie within their bucket, over several gateways, and are null without a value', async () => {
    const one = parseMetrics(await page([12, 14, 16, 18], 0, 0))
    const other = parseMetrics(await page([60, 70, 80, 90], 0, 0))
    expect(histogramQuantile(one, 'gw_frame_to_open_ms', 0.5)).toBe(15)
    expect(histogramQuantile([...one, ...other], 'gw_frame_to_open_ms', 0.5)).toBe(20)
    expect(histogramQuantile([...one, ...other], 'gw_frame_to_open_ms', 0.99)).toBeCloseTo(99, 0)
    expect(histogramQuantile(parseMetrics(await page([500], 0, 0)), 'gw_frame_to_open_ms', 0.5)).toBe(100)
    expect(histogramQuantile(parseMetrics(await page([], 0, 0)), 'gw_frame_to_open_ms', 0.5)).toBeNull()
  })
})

describe('demo figures', () => {
  const epoch = (change: Partial<Integrity['gateways'][number]['epochs'][number]>) =>
    ({ epoch: 1, contiguousSeq: 0, headSeq: 0, duplicates: 0, missing: [], chain: 'verified', ...change })
  const run = { estates: 2, cameras: 4, fps: 5, seconds: 60, secondsToFirstOpen: 9.5, rssMb: { server: 100 } }

  it('add up the gateways of this run and leave others of the server out', async () => {
    const metrics = new Map([['g1', parseMetrics(await page([15], 3, 40))], ['g2', parseMetrics(await page([], 1, 5))]])
    const integrity: Integrity = { gateways: [
      { gatewayId: 'g1', estateId: 'e1', epochs: [epoch({ contiguousSeq: 30, headSeq: 30 }), epoch({ epoch: 2, contiguousSeq: 38, headSeq: 40, duplicates: 3, missing: [{ from: 39, to: 39 }] })] },
      { gatewayId: 'g2', estateId: 'e2', epochs: [epoch({ epoch: 2, contiguousSeq: 5, headSeq: 5 })] },
      { gatewayId: 'old', estateId: 'e9', epochs: [epoch({ contiguousSeq: 999, headSeq: 999, chain: 'broken' })] },
    ] }
    expect(demoFigures({ metrics, integrity, run })).toEqual({
      ...run, frames: 200, framesDropped: {}, decisions: 128, granted: 4, opened: 4, refused: { 'no-face': 120, 'a "b"\\c,d=1': 4 }, commands: {},
      latencyMs: { p50: 15, p95: 19.5, p99: 19.9 }, commandLatencyMs: null, stageMs: { decode: { p50: 3, p95: 4.8, p99: 5 } },
      eventsCommitted: 75, eventsAtServer: 73, duplicates: 3, gaps: 1, chainsVerified: true,
    })
  })

  it('say that a chain is broken', async () => {
    const metrics = new Map([['g1', parseMetrics(await page([], 0, 1))]])
    const integrity: Integrity = { gateways: [{ gatewayId: 'g1', estateId: 'e1', epochs: [epoch({ chain: 'broken' })] }] }
    expect(demoFigures({ metrics, integrity, run })).toMatchObject({ chainsVerified: false, latencyMs: null })
  })
})
