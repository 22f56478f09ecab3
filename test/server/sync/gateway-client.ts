import { expect } from 'vitest'
import type { ClaimResponseV1, RecordsRequestV1 } from '#contract/sync-api.js'
import { type Register, registerOf } from '../support/register.js'
import type { Answer, TestServer } from '../support/test-server.js'
import { type GatewayLog, createGatewayLog } from './gateway-log.js'

/** What a gateway asks over HTTP. */
export const gatewayCalls = (server: TestServer, credential?: string) => {
  const headers: Record<string, string> = credential === undefined ? {} : { authorization: `Bearer ${credential}` }
  const post = (path: string, body: unknown): Promise<Answer> => server.call('POST', `/api/gateway/v1/${path}`, { body, headers })
  return {
    claim: (claimToken: string, signingPublicKey: string) => post('claim', { claimToken, signingPublicKey }),
    epoch: (head: unknown = null) => post('epoch', { head }),
    records: (batch: RecordsRequestV1) => post('records', batch),
    roster: (cursor: number, limit?: number, contract?: number): Promise<Answer> => {
      const asked = `cursor=${cursor}${limit === undefined ? '' : `&limit=${limit}`}${contract === undefined ? '' : `&contract=${contract}`}`
      return server.call('GET', `/api/gateway/v1/roster?${asked}`, { headers })
    },
  }
}

export interface ClaimedGateway {
  readonly gatewayId: string
  readonly credential: string
  readonly calls: ReturnType<typeof gatewayCalls>
  readonly log: GatewayLog
  /** Appends records and hands them over. */
  report(...contents: object[]): Promise<void>
}

/** Registers a gateway, claims it over HTTP and gets its epoch 1. */
export async function claimedGateway(server: TestServer, estateId = 'jh', register: Register = registerOf(server)): Promise<ClaimedGateway> {
  const { gatewayId, claimToken } = await register.gateway(estateId)
  const log = createGatewayLog(gatewayId)
  const answer = await gatewayCalls(server).claim(claimToken, log.publicKeyText)
  expect(answer.status).toBe(200)
  const { credential } = answer.body as ClaimResponseV1
  const calls = gatewayCalls(server, credential)
  expect((await calls.epoch()).status).toBe(200)
  return {
    gatewayId, credential, calls, log,
    async report(...contents) {
      const from = log.lastSeq + 1
      log.append(...contents)
      const stored = await calls.records(log.batch(from, log.lastSeq))
      expect([stored.status, stored.body]).toEqual([200, expect.objectContaining({ stored: contents.length })])
    },
  }
}
