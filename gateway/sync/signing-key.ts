import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { SignedHeadV1 } from '#contract/sync-api.js'
import { type ChainHead, signHead } from '#kernel/hash-chain.js'
import { ensurePrivateFolder, readKeyIfAny, writeFileAtomic } from '../device/key-files.js'
import { gatewayError } from '../errors.js'

export interface SigningKey {
  readonly privateKey: KeyObject
  /** SPKI DER, base64: what the server keeps from the claim. */
  readonly publicKeyText: string
}

/**
 * Reads `<dataDir>/keys/signing-key.pem`, or makes it where there is none. A new key is on disk, with its folder,
 * before anybody hears of it: the claim that follows can be repeated after a crash with the same key.
 * @param deps.mayCreate false once the server knows a public key: a lost key is then a failure, not a new key
 * @throws GW_SYNC_SIGNING_KEY where the file is no Ed25519 key or is lost; GW_PKI_KEY_EXPOSED where others may read it
 */
export async function loadSigningKey(deps: { dataDir: string; mayCreate: boolean }): Promise<SigningKey> {
  const path = join(deps.dataDir, 'keys', 'signing-key.pem')
  const pem = await readKeyIfAny(path)
  if (pem === undefined && !deps.mayCreate) throw gatewayError('GW_SYNC_SIGNING_KEY', { path, problem: 'missing' })
  const privateKey = pem === undefined ? await createKey(path) : readKey(path, pem)
  if (privateKey.asymmetricKeyType !== 'ed25519') throw gatewayError('GW_SYNC_SIGNING_KEY', { path, problem: 'not an Ed25519 key' })
  return { privateKey, publicKeyText: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64') }
}

/** The head as the wire carries it. */
export const signedHead = (head: ChainHead, key: SigningKey): SignedHeadV1 =>
  ({ epoch: head.epoch, seq: head.seq, hash: head.hash, signature: signHead(head, key.privateKey) })

function readKey(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw gatewayError('GW_SYNC_SIGNING_KEY', { path, problem: 'unreadable' }, cause)
  }
}

async function createKey(path: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519')
  await ensurePrivateFolder(dirname(path))
  await writeFileAtomic(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600)
  return privateKey
}
