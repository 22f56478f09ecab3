import { X509Certificate, createPrivateKey } from 'node:crypto'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { schemaError } from '#contract/codec.js'
import type { RegisterKind } from '#contract/device-records.js'
import { Slug } from '#contract/wire-types.js'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { gatewayError } from '../errors.js'
import {
  type CertificateRequest, type KeyedCertificate, type SigningRequest, createAuthority, fingerprintOf, issueCertificate, signRequest,
} from './certificate-issuer.js'
import { ensurePrivateFolder, readKeyIfAny, readTextIfAny, writeFileAtomic } from './key-files.js'

const DAY_MS = 86_400_000
/** Certificates are valid from a day ago, for devices and gateways whose clocks differ. */
const BACKDATE_MS = DAY_MS
/** A wall clock before 2020 was never set: no battery, no time server yet. */
const CLOCK_SET_MS = Date.UTC(2020, 0, 1)
const AUTHORITY_DAYS = 30 * 365
const SERVER_DAYS = 10 * 365
/** A server certificate with less than this left is replaced at start. */
const SERVER_RENEW_MS = 365 * DAY_MS
const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1']

/** What a device needs to connect: all three go onto the device, the fingerprint to the registry. */
export interface DeviceCertificate {
  readonly caPem: string
  readonly certPem: string
  /** PKCS #8, unencrypted. The gateway keeps no copy. */
  readonly keyPem: string
  /** SHA-256 of the certificate in DER, hex: `DeviceRow.certificateFingerprint`. */
  readonly fingerprint: string
  readonly notAfterMs: number
}

/** As `DeviceCertificate`, for a key that never left the device. */
export type SignedDevice = Omit<DeviceCertificate, 'keyPem'>

/** PEMs of the broker's own side of TLS. */
export interface ServerTls {
  readonly caPem: string
  readonly certPem: string
  readonly keyPem: string
}

export interface CertificateAuthority {
  /** Reads the authority of this estate, or makes it where the folder has none. @throws AppError GW_PKI_* */
  open(): Promise<void>
  /** A new key and certificate. Issuing again for the same id makes another one; the registry knows which counts. */
  issueDevice(device: { deviceKind: RegisterKind; deviceId: string }): Promise<DeviceCertificate>
  /** A certificate for the key of the device's own request. */
  signDevice(device: { deviceKind: RegisterKind; deviceId: string }, request: SigningRequest): Promise<SignedDevice>
  /**
   * The certificate of the gateway's broker, of the desk's page, or of another broker, for localhost and `hostNames` (DNS names or
   * IP addresses), kept until a name is missing.
   */
  serverTls(hostNames: readonly string[], name?: 'server' | 'desk' | 'broker'): Promise<ServerTls>
  /** A new certificate by which the gateway itself connects to a broker of the estate, kept nowhere. @param commonName no device's id */
  clientTls(commonName: string): Promise<ServerTls>
}

export interface CertificateAuthorityDeps {
  /** `<dataDir>/pki` */
  readonly folder: string
  readonly estateId: string
  /** How long a device's certificate is valid, days. */
  readonly deviceValidityDays: number
  readonly clock: Clock
  readonly random: RandomSource
}

/** URI that names a device in its certificate. */
export const deviceUri = (estateId: string, kind: RegisterKind, deviceId: string): string =>
  `urn:smart-estates:${estateId}:${kind}:${deviceId}`

function readPair(pair: KeyedCertificate, folder: string): X509Certificate {
  try {
    const certificate = new X509Certificate(pair.certPem)
    if (certificate.checkPrivateKey(createPrivateKey(pair.keyPem))) return certificate
  } catch (cause) {
    throw gatewayError('GW_PKI_UNREADABLE', { folder }, cause)
  }
  throw gatewayError('GW_PKI_UNREADABLE', { folder })
}

/** True where the kept certificate is this authority's, fits its key, covers all names and will last. */
function isUsable(pair: KeyedCertificate, authority: X509Certificate, names: readonly string[], nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(pair.certPem)
    return certificate.checkPrivateKey(createPrivateKey(pair.keyPem)) && certificate.verify(authority.publicKey) &&
      Date.parse(certificate.validTo) - nowMs > SERVER_RENEW_MS &&
      names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  } catch {
    return false
  }
}

/** Pairs of key and certificate in one folder. */
function createPairFiles(folder: string) {
  const path = (name: string): string => join(folder, name)
  return {
    async save(name: string, pair: KeyedCertificate): Promise<KeyedCertificate> {
      await writeFileAtomic(path(`${name}.key.pem`), pair.keyPem, 0o600)
      await writeFileAtomic(path(`${name}.cert.pem`), pair.certPem, 0o644)
      return pair
    },
    async load(name: string): Promise<Partial<KeyedCertificate>> {
      const [keyPem, certPem] = [await readKeyIfAny(path(`${name}.key.pem`)), await readTextIfAny(path(`${name}.cert.pem`))]
      return { ...(keyPem === undefined ? {} : { keyPem }), ...(certPem === undefined ? {} : { certPem }) }
    },
  }
}

interface NamedDevice {
  readonly deviceKind: RegisterKind
  readonly deviceId: string
}

function namesOf(estateId: string, { deviceKind, deviceId }: NamedDevice): Omit<CertificateRequest, 'notBefore' | 'notAfter'> {
  const error = schemaError(Slug, deviceId)
  if (error !== undefined) throw gatewayError('GW_PKI_SUBJECT', { field: 'deviceId', error })
  return {
    subject: { commonName: deviceId, organisationalUnit: deviceKind, organisation: estateId },
    role: 'client', alternativeNames: [{ type: 'url', value: deviceUri(estateId, deviceKind, deviceId) }],
  }
}

/** The estate's own authority for device certificates: keys and certificates live under `folder`, keys with 0600. */
export function createCertificateAuthority(deps: CertificateAuthorityDeps): CertificateAuthority {
  let authority: KeyedCertificate | undefined

  const opened = (): KeyedCertificate => {
    if (authority === undefined) throw new Error('the certificate authority is not open')
    return authority
  }
  const validity = (days: number): { notBefore: Date; notAfter: Date } => {
    const nowMs = deps.clock.wallMs()
    if (nowMs < CLOCK_SET_MS) throw gatewayError('GW_PKI_CLOCK', { wallMs: nowMs })
    return { notBefore: new Date(nowMs - BACKDATE_MS), notAfter: new Date(nowMs + days * DAY_MS) }
  }
  const { save, load } = createPairFiles(deps.folder)
  const create = async (): Promise<KeyedCertificate> => {
    const { notBefore, notAfter } = validity(AUTHORITY_DAYS)
    const subject = { commonName: `${deps.estateId} devices`, organisationalUnit: 'authority', organisation: deps.estateId }
    return save('ca', await createAuthority(subject, notBefore, notAfter, deps.random))
  }

  const deviceRequest = (device: NamedDevice): CertificateRequest => ({ ...namesOf(deps.estateId, device), ...validity(deps.deviceValidityDays) })
  const signed = (certPem: string, { notAfter }: CertificateRequest): SignedDevice =>
    ({ certPem, caPem: opened().certPem, fingerprint: fingerprintOf(certPem), notAfterMs: notAfter.getTime() })

  return {
    async open() {
      await ensurePrivateFolder(deps.folder)
      const { keyPem, certPem } = await load('ca')
      // A key alone is what a crash between the two writes leaves: nothing was issued under it yet.
      if (certPem === undefined) return void (authority = await create())
      if (keyPem === undefined) throw gatewayError('GW_PKI_INCOMPLETE', { folder: deps.folder })
      const certificate = readPair({ keyPem, certPem }, deps.folder)
      if (!certificate.subject.split('\n').includes(`O=${deps.estateId}`)) throw gatewayError('GW_PKI_FOREIGN', { folder: deps.folder })
      authority = { keyPem, certPem }
    },

    async issueDevice(device) {
      const request = deviceRequest(device)
      const pair = await issueCertificate(opened(), request, deps.random)
      return { ...pair, ...signed(pair.certPem, request) }
    },
    async signDevice(device, signingRequest) {
      const request = deviceRequest(device)
      return signed(await signRequest(opened(), request, signingRequest, deps.random), request)
    },

    async serverTls(hostNames, name = 'server') {
      const names = [...new Set([...LOCAL_NAMES, ...hostNames])]
      const { keyPem, certPem } = await load(name)
      const kept = keyPem === undefined || certPem === undefined ? undefined : { keyPem, certPem }
      const root = new X509Certificate(opened().certPem)
      if (kept !== undefined && isUsable(kept, root, names, deps.clock.wallMs())) return { ...kept, caPem: opened().certPem }
      const pair = await issueCertificate(opened(), {
        subject: { commonName: 'gateway', organisationalUnit: 'gateway', organisation: deps.estateId },
        role: 'server', alternativeNames: names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ...validity(SERVER_DAYS),
      }, deps.random)
      return { ...(await save(name, pair)), caPem: opened().certPem }
    },
    async clientTls(commonName) {
      const pair = await issueCertificate(opened(), {
        subject: { commonName, organisationalUnit: 'gateway', organisation: deps.estateId }, role: 'client',
        alternativeNames: [{ type: 'url', value: `urn:smart-estates:${deps.estateId}:gateway` }], ...validity(SERVER_DAYS),
      }, deps.random)
      return { ...pair, caPem: opened().certPem }
    },
  }
}
