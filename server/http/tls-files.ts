import { X509Certificate, createPrivateKey } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { fail } from '../errors.js'
import { type KeyedCertificate, type Validity, createAuthority, issueServerCertificate } from './certificates.js'

const DAY_MS = 86_400_000
/** Valid from a day ago: gateways' clocks differ. */
const BACKDATE_MS = DAY_MS
const AUTHORITY_DAYS = 20 * 365
/** What browsers accept at most. */
const SERVER_DAYS = 397
/** With less left the certificate is replaced at start. */
const RENEW_MS = 60 * DAY_MS

export interface TlsFilesDeps {
  /** `<dataDir>/tls` */
  readonly folder: string
  /** Names beside localhost and this machine's own. */
  readonly hostNames: readonly string[]
  readonly clock: Clock
  readonly random: RandomSource
}

/** Names and addresses that this machine has, localhost first. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flat().filter((address) => address !== undefined && !address.internal && !address.address.startsWith('fe80'))
  return ['localhost', '127.0.0.1', '::1', hostname().toLowerCase(), ...addresses.map((address) => address?.address ?? '')].filter((name) => name !== '')
}

async function readPair(folder: string, name: string): Promise<KeyedCertificate | undefined> {
  try {
    const [certPem, keyPem] = await Promise.all([readFile(join(folder, `${name}.pem`), 'utf8'), readFile(join(folder, `${name}-key.pem`), 'utf8')])
    return { certPem, keyPem }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The key first: a certificate is there only with its key. */
async function writePair(folder: string, name: string, pair: KeyedCertificate): Promise<KeyedCertificate> {
  for (const [file, text, mode] of [[`${name}-key.pem`, pair.keyPem, 0o600], [`${name}.pem`, pair.certPem, 0o644]] as const) {
    const temporary = join(folder, `${file}.new`)
    await writeFile(temporary, text, { mode })
    await rename(temporary, join(folder, file))
  }
  return pair
}

const covers = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined

function isUsable(pair: KeyedCertificate, authority: KeyedCertificate, names: readonly string[], nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(pair.certPem)
    return certificate.checkPrivateKey(createPrivateKey(pair.keyPem)) && certificate.verify(new X509Certificate(authority.certPem).publicKey) &&
      Date.parse(certificate.validTo) - nowMs > RENEW_MS && names.every((name) => covers(certificate, name))
  } catch {
    return false
  }
}

const withAuthority = (pair: KeyedCertificate, authority: KeyedCertificate): KeyedCertificate =>
  ({ ...pair, certPem: `${pair.certPem}\n${authority.certPem}` })

/**
 * The server's own authority and certificate, for estates that have no other: `ca.pem` is what gateways and browsers
 * trust, made once; the server's certificate is renewed when it ends or a name is missing. Keys have mode 0600.
 * @returns certificate chain and key, PEM
 */
export async function ownTls(deps: TlsFilesDeps): Promise<KeyedCertificate> {
  const { folder, clock, random } = deps
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const nowMs = clock.wallMs()
  const validity = (days: number): Validity => ({ notBefore: new Date(nowMs - BACKDATE_MS), notAfter: new Date(nowMs + days * DAY_MS) })
  const authority = (await readPair(folder, 'ca')) ?? (await writePair(folder, 'ca', await createAuthority(validity(AUTHORITY_DAYS), random)))
  const names = [...new Set([...ownNames(), ...deps.hostNames])]
  const kept = await readPair(folder, 'server')
  if (kept !== undefined && isUsable(kept, authority, names, nowMs)) return withAuthority(kept, authority)
  const made = await issueServerCertificate(authority, names, validity(SERVER_DAYS), random)
  return withAuthority(await writePair(folder, 'server', made), authority)
}

/** A certificate that somebody else made. @throws AppError SV_TLS_FILES */
export async function givenTls(certFile: string, keyFile: string): Promise<KeyedCertificate> {
  try {
    const [certPem, keyPem] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
    if (!new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem))) throw new Error('the key is not the certificate\'s')
    return { certPem, keyPem }
  } catch (error) {
    throw fail('SV_TLS_FILES', { certFile, keyFile }, error)
  }
}
