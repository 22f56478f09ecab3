import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ChainHead, signHead } from '#kernel/hash-chain.js'
import type { SignedHeadV1 } from '#contract/sync-api.js'
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
 * @throws GW_SYNC_SIGNING_KEY where the file cannot be read, is no Ed25519 key, or is lost
 */
export async function loadSigningKey(deps: { dataDir: string; mayCreate: boolean }): Promise<SigningKey> {
  const path = join(deps.dataDir, 'keys', 'signing-key.pem')
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(await readFile(path, 'utf8'))
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    if (!absent || !deps.mayCreate) throw gatewayError('GW_SYNC_SIGNING_KEY', { path, problem: absent ? 'missing' : 'unreadable' }, cause)
    privateKey = generateKeyPairSync('ed25519').privateKey
    await writeDurably(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw gatewayError('GW_SYNC_SIGNING_KEY', { path, problem: 'not an Ed25519 key' })
  return { privateKey, publicKeyText: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64') }
}

/** The head as the wire carries it. */
export const signedHead = (head: ChainHead, key: SigningKey): SignedHeadV1 =>
  ({ epoch: head.epoch, seq: head.seq, hash: head.hash, signature: signHead(head, key.privateKey) })

async function writeDurably(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
