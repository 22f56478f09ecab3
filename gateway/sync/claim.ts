import { readFile } from 'node:fs/promises'
import { sleep, type Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { gatewayError } from '../errors.js'
import type { GatewayIdentity, GatewayStore } from '../store/types.js'
import { retryDelayMs } from './retry-loop.js'
import { describeCallError, isTransient, type ServerClient } from './server-client.js'
import type { SigningKey } from './signing-key.js'

const RETRY = { idleMs: 0, coalesceMs: 0, retryMsMin: 1_000, retryMsMax: 30_000 }
const TOKEN = /^[A-Za-z0-9_-]{20,64}$/

/**
 * Turns the claim token into this gateway's identity and keeps it. While the server does not answer it asks again.
 *
 * A crash after the server granted and before the identity was saved leaves the token spent and the credential
 * lost. The claim is therefore sent again as it was, same token, same key: the server takes that as the same
 * gateway and gives it a new credential until the first one was used. With another key the token stays spent.
 * @returns undefined where `signal` aborted before an answer
 * @throws GW_SYNC_CLAIM_TOKEN where the file is absent or holds no token; GW_SYNC_CLAIM_REFUSED where the server says no
 */
export async function claimIdentity(
  deps: { client: ServerClient; store: GatewayStore; key: SigningKey; clock: Clock; random: RandomSource; log: Logger },
  tokenFile: string | null,
  signal: AbortSignal,
): Promise<GatewayIdentity | undefined> {
  const claimToken = await readToken(tokenFile)
  for (let failures = 1; !signal.aborted; failures += 1) {
    const answer = await deps.client.claim({ claimToken, signingPublicKey: deps.key.publicKeyText })
    if (answer.ok) {
      await deps.store.saveIdentity(answer.value)
      deps.log.info({ gatewayId: answer.value.gatewayId, estateId: answer.value.estateId }, 'claimed')
      return answer.value
    }
    const problem = describeCallError(answer.error)
    if (!isTransient(answer.error)) throw gatewayError('GW_SYNC_CLAIM_REFUSED', { problem })
    const delayMs = Math.round(retryDelayMs(failures, RETRY, deps.random))
    deps.log.warn({ problem, delayMs }, 'not claimed yet: the server gave no answer, trying again')
    await sleep(deps.clock, delayMs, signal)
  }
  return undefined
}

async function readToken(path: string | null): Promise<string> {
  if (path === null) throw gatewayError('GW_SYNC_CLAIM_TOKEN', { problem: 'this gateway has no identity yet and claimTokenFile is null' })
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw gatewayError('GW_SYNC_CLAIM_TOKEN', { path, problem: 'cannot be read' }, cause)
  })
  if (!TOKEN.test(text.trim())) throw gatewayError('GW_SYNC_CLAIM_TOKEN', { path, problem: 'holds no claim token' })
  return text.trim()
}
