import 'reflect-metadata'
import { createHash, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { RandomSource } from '#kernel/random.js'
import { type Result, err, ok } from '#kernel/result.js'

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' }
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/** A certificate and its private key, PEM; the key is PKCS #8. */
export interface KeyedCertificate {
  readonly certPem: string
  readonly keyPem: string
}

export interface Subject {
  readonly commonName: string
  readonly organisationalUnit: string
  readonly organisation: string
}

export interface CertificateRequest {
  readonly subject: Subject
  readonly role: 'client' | 'server'
  readonly alternativeNames: x509.JsonGeneralNames
  readonly notBefore: Date
  readonly notAfter: Date
}

/** SHA-256 of the certificate in DER, hex: what the registry knows a device by. */
export function fingerprintOf(certPem: string): string {
  return createHash('sha256').update(Buffer.from(new x509.X509Certificate(certPem).rawData)).digest('hex')
}

const nameOf = (subject: Subject): x509.JsonName =>
  [{ O: [subject.organisation] }, { OU: [subject.organisationalUnit] }, { CN: [subject.commonName] }]

/** 127 random bits after a first byte that keeps the number positive and its length constant (RFC 5280 §4.1.2.2). */
function serialNumber(random: RandomSource): string {
  const bytes = random.bytes(16)
  return Buffer.from([((bytes[0] ?? 0) & 0x3f) | 0x40, ...bytes.subarray(1)]).toString('hex')
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

async function keyPemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

/** A new certificate authority that signs its own certificate and, below it, only end entities. */
export async function createAuthority(
  subject: Subject, notBefore: Date, notAfter: Date, random: RandomSource,
): Promise<KeyedCertificate> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(random), name: nameOf(subject), notBefore, notAfter, keys, signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certPem: certificate.toString('pem'), keyPem: await keyPemOf(keys.privateKey) }
}

/** The authority's certificate for a key that it may never have seen. @throws where the authority's PEMs are not readable */
async function certify(
  authority: KeyedCertificate, request: CertificateRequest, publicKey: x509.PublicKey | webcrypto.CryptoKey, random: RandomSource,
): Promise<string> {
  const issuer = new x509.X509Certificate(authority.certPem)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.keyPem), KEY_ALGORITHM, false, ['sign'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(random), subject: nameOf(request.subject), issuer: issuer.subjectName.toJSON(),
    notBefore: request.notBefore, notAfter: request.notAfter, publicKey, signingKey, signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([request.role === 'client' ? CLIENT_AUTH : SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension(request.alternativeNames),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return certificate.toString('pem')
}

/** A new key and the authority's certificate for it. @throws where the authority's PEMs are not readable */
export async function issueCertificate(
  authority: KeyedCertificate, request: CertificateRequest, random: RandomSource,
): Promise<KeyedCertificate> {
  const keys = await newKeys()
  return { certPem: await certify(authority, request, keys.publicKey, random), keyPem: await keyPemOf(keys.privateKey) }
}

/** A request of a device, read and judged. */
export interface SigningRequest {
  /** SHA-256 of the public key, SPKI in DER, hex. */
  readonly keySha256: string
  readonly publicKey: x509.PublicKey
}

/** Keys that a device may have: what every TLS stack knows, and nothing that is too short for the years a certificate lasts. */
function keyProblem({ algorithm }: x509.PublicKey): string | undefined {
  const { name, namedCurve, modulusLength = 0 } = algorithm as { name: string; namedCurve?: string; modulusLength?: number }
  if (name === 'ECDSA') return namedCurve === 'P-256' ? undefined : `a key on ${namedCurve ?? 'an unknown curve'}, P-256 is asked for`
  if (name.startsWith('RSA')) return modulusLength >= 2_048 && modulusLength <= 4_096 ? undefined : `an RSA key of ${modulusLength} bits, 2048 to 4096 are asked for`
  return `a key for ${name}, ECDSA P-256 or RSA is asked for`
}

/** Reads a PKCS #10 request whose sender has its private key (RFC 2986 §4.2). The error is one sentence. Never throws. */
export async function readSigningRequest(csrPem: string): Promise<Result<SigningRequest, string>> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem)
    const problem = keyProblem(request.publicKey)
    if (problem !== undefined) return err(problem)
    if (!(await request.verify())) return err('its signature is not that of its key')
    return ok({ publicKey: request.publicKey, keySha256: createHash('sha256').update(Buffer.from(request.publicKey.rawData)).digest('hex') })
  } catch {
    return err('is no PKCS #10 request')
  }
}

/** The authority's certificate for the key of a request. @throws where the authority's PEMs are not readable */
export const signRequest = (authority: KeyedCertificate, request: CertificateRequest, { publicKey }: SigningRequest, random: RandomSource): Promise<string> =>
  certify(authority, request, publicKey, random)
