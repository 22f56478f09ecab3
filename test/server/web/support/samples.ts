import type { AccessLogItem, EpochState, Gate, GatewayIntegrity } from '../../../../server/web/kit/api/types.js'

/** 2026-11-23 14:03:22 in Jiangmen. */
export const NOW_MS = Date.UTC(2026, 10, 23, 6, 3, 22)

const passageId = (count: number): string => `01940009-0000-7000-8000-${String(count).padStart(12, '0')}`

/** A granted passage; the higher the count, the later. */
export const passage = (count: number, change: Partial<AccessLogItem> = {}): AccessLogItem => ({
  passageId: passageId(count), estateId: 'estate-1', gateId: 'gate-1', gateName: '南门', deviceId: 'cam-1', way: 'face', result: 'granted', reason: null,
  personRef: '01940001-0000-7000-8000-000000000001', personName: '陈秀英', score: 0.71, margin: 0.2, threshold: 0.52, liveness: 0.97, gallerySize: 128,
  ageMs: 150, waitMs: 640, attempts: 1, direction: 'in', remarks: [], operatorRef: null, operatorName: null, override: null, credentialId: null, visitId: null, timings: { detect: 38, match: 0.4 }, occurredAtMs: NOW_MS - 1_000_000 + count * 1_000, gatewayId: '01940003-0000-7000-8000-000000000001', epoch: 1, seq: count,
  permitId: '01940008-0000-7000-8000-000000000001', commandOutcome: 'executed', commandReason: null, commandLatencyMs: 210, ...change,
})

export const refusal = (reason: string, change: Partial<AccessLogItem> = {}): AccessLogItem =>
  passage(1, { result: 'refused', reason, personRef: null, personName: null, permitId: null, commandOutcome: null, commandLatencyMs: null, ...change })

export const gate = (change: Partial<Gate> = {}): Gate => ({
  estateId: 'estate-1', gateId: 'gate-1', name: '南门', relay: 'locked', contact: 'closed', fire: false, alarm: null, mode: 'normal', modeCause: null, controller: 'online', updatedAtMs: NOW_MS - 5_000,
  grantedToday: 10, refusedToday: 2, ...change,
})

export const epoch = (change: Partial<EpochState> = {}): EpochState => ({
  epoch: 1, contiguousSeq: 48_211, headSeq: 48_211, missing: [], duplicates: 3, chain: 'verified', brokenAtSeq: null, ...change,
})

export const gateway = (change: Partial<GatewayIntegrity> = {}): GatewayIntegrity => ({
  gatewayId: '01940003-0000-7000-8000-000000000001', estateId: 'estate-1', name: '1 号网关', lastContactAtMs: NOW_MS - 2_000, epochs: [epoch()], ...change,
})
