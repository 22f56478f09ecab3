import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import type { RandomSource } from '#kernel/random.js'

const KEYS = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' }
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

/** A certificate and its private key (PKCS #8), PEM. */
export interface KeyedCertificate {
  readonly certPem: string
  readonly keyPem: string
}

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** 126 random bits after two that keep the number positive and its length constant (RFC 5280 §4.1.2.2). */
function serialNumber(random: RandomSource): string {
  const bytes = Buffer.from(random.bytes(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

const keyPemOf = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

/** An authority that signs itself and, below it, only end entities. */
export async function createAuthority(validity: Validity, random: RandomSource): Promise<KeyedCertificate> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity, serialNumber: serialNumber(random), name: 'CN=Smart estates server authority', keys, signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certPem: certificate.toString('pem'), keyPem: await keyPemOf(keys.privateKey) }
}

/**
 * A new key and the authority's certificate for it as an HTTPS server.
 * @param names DNS names and IP addresses
 */
export async function issueServerCertificate(
  authority: KeyedCertificate, names: readonly string[], validity: Validity, random: RandomSource,
): Promise<KeyedCertificate> {
  const issuer = new x509.X509Certificate(authority.certPem)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.keyPem), KEYS, false, ['sign'])
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity, serialNumber: serialNumber(random), subject: 'CN=Smart estates server', issuer: issuer.subject,
    publicKey: keys.publicKey, signingKey, signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' as const : 'ip' as const, value }))),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return { certPem: certificate.toString('pem'), keyPem: await keyPemOf(keys.privateKey) }
}
