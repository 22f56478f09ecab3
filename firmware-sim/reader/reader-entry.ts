import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Type, type Static } from 'typebox'
import { Closed, UuidText } from '#contract/wire-types.js'
import { failSim } from '../errors.js'
import { type Carried, phoneKey } from './wallet.js'

const Path = Type.String({ minLength: 1, maxLength: 4_096 })

/** What people before a reader carry, in a devices file. */
export const WalletEntry = Type.Union([
  Closed({ way: Type.Literal('card'), number: Type.String({ pattern: '^[0-9a-f]{4,32}$' }) }),
  Closed({ way: Type.Literal('pin'), number: Type.String({ pattern: '^[0-9]{3,8}$' }), pin: Type.String({ pattern: '^[0-9]{4,12}$' }) }),
  Closed({ way: Type.Literal('qr'), text: Type.String({ minLength: 1, maxLength: 512 }) }),
  /** A phone that shows rotating codes; its key is PKCS#8 in PEM. */
  Closed({ way: Type.Literal('phone'), credentialId: UuidText, keyFile: Path }),
])
export type WalletEntry = Static<typeof WalletEntry>

/** What is particular to a reader's entry. */
export const readerFields = {
  wallet: Type.Optional(Type.Array(WalletEntry, { maxItems: 1_000 })),
  /** Mean seconds between two who come by; nobody where it is left out. */
  presentSeconds: Type.Optional(Type.Number({ minimum: 0.1, maximum: 86_400 })),
}

/** The wallet with its files' paths from the folder of the devices file. */
export const walletWithPaths = (wallet: readonly WalletEntry[], base: string): WalletEntry[] =>
  wallet.map((entry) => (entry.way === 'phone' ? { ...entry, keyFile: resolve(base, entry.keyFile) } : entry))

/** @throws AppError SIM_USAGE where a phone's key cannot be used */
export const readWallet = (wallet: readonly WalletEntry[]): Carried[] => wallet.map((entry) => {
  if (entry.way !== 'phone') return entry
  const { way, credentialId, keyFile } = entry
  try {
    return { way, credentialId, key: phoneKey(readFileSync(keyFile, 'utf8')) }
  } catch (cause) {
    throw failSim('SIM_USAGE', { option: '--devices', file: keyFile, reason: 'no ECDSA P-256 key in PEM' }, cause)
  }
})
