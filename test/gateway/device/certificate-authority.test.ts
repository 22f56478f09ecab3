import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCertificateAuthority, type CertificateAuthority } from '../../../gateway/device/certificate-authority.js'
import { systemRandom } from '../../../gateway/kernel/random.js'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 23, 8)
const code = (name: string): unknown => expect.objectContaining({ code: name })

describe('device certificate authority', () => {
  let folder = ''
  let wallMs = NOW_MS
  const make = (estateId = 'pengjiang-1', in_ = folder): CertificateAuthority => createCertificateAuthority({
    folder: in_, estateId, deviceValidityDays: 3_650, random: systemRandom,
    clock: { wallMs: () => wallMs, monoMs: () => 0, after: () => () => {} },
  })
  const opened = async (estateId?: string): Promise<CertificateAuthority> => {
    const authority = make(estateId)
    await authority.open()
    return authority
  }
  const file = (name: string): string => join(folder, name)
  const modeOf = (name: string): number => statSync(file(name)).mode & 0o777

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'pki-')), 'pki')
    wallMs = NOW_MS
  })
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  it('makes an authority of 30 years that may sign end entities only, and leaves exactly two files', async () => {
    await opened()
    expect(readdirSync(folder).sort()).toEqual(['ca.cert.pem', 'ca.key.pem'])
    expect([modeOf('.'), modeOf('ca.key.pem'), modeOf('ca.cert.pem')]).toEqual([0o700, 0o600, 0o644])
    const ca = new X509Certificate(readFileSync(file('ca.cert.pem')))
    expect(ca.subject).toBe('O=pengjiang-1\nOU=authority\nCN=pengjiang-1 devices')
    expect([ca.ca, ca.verify(ca.publicKey), ca.checkPrivateKey(createPrivateKey(readFileSync(file('ca.key.pem'))))]).toEqual([true, true, true])
    expect([Date.parse(ca.validFrom), Date.parse(ca.validTo)]).toEqual([NOW_MS - DAY_MS, NOW_MS + 30 * 365 * DAY_MS])
    expect(ca.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  })

  it('names device, kind, estate and URI in a device certificate, and reports the fingerprint that TLS will show', async () => {
    const authority = await opened()
    const issued = await authority.issueDevice({ deviceKind: 'camera', deviceId: 'cam-1' })
    const certificate = new X509Certificate(issued.certPem)
    const ca = new X509Certificate(issued.caPem)
    expect(certificate.subject).toBe('O=pengjiang-1\nOU=camera\nCN=cam-1')
    expect(certificate.subjectAltName).toBe('URI:urn:smart-estates:pengjiang-1:camera:cam-1')
    expect([certificate.verify(ca.publicKey), certificate.checkIssued(ca), certificate.ca]).toEqual([true, true, false])
    expect(certificate.checkPrivateKey(createPrivateKey(issued.keyPem))).toBe(true)
    expect(issued.fingerprint).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase())
    expect([Date.parse(certificate.validTo), issued.notAfterMs]).toEqual([NOW_MS + 3_650 * DAY_MS, NOW_MS + 3_650 * DAY_MS])
    expect(readdirSync(folder).sort()).toEqual(['ca.cert.pem', 'ca.key.pem'])
  })

  it('gives every issue its own key and serial number', async () => {
    const authority = await opened()
    const all = await Promise.all(Array.from({ length: 8 }, () => authority.issueDevice({ deviceKind: 'controller', deviceId: 'ctl-1' })))
    expect(new Set(all.map((one) => one.fingerprint)).size).toBe(8)
    const serials = all.map((one) => new X509Certificate(one.certPem).serialNumber)
    expect(new Set(serials).size).toBe(8)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  it('goes on with the same authority after a restart', async () => {
    const before = await (await opened()).issueDevice({ deviceKind: 'camera', deviceId: 'cam-1' })
    const after = await (await opened()).issueDevice({ deviceKind: 'camera', deviceId: 'cam-1' })
    expect(after.caPem).toBe(before.caPem)
  })

  it('starts anew where a crash left a key without a certificate', async () => {
    await opened()
    rmSync(file('ca.cert.pem'))
    const issued = await (await opened()).issueDevice({ deviceKind: 'camera', deviceId: 'cam-1' })
    expect(new X509Certificate(issued.certPem).verify(new X509Certificate(issued.caPem).publicKey)).toBe(true)
  })

  it.each<[string, () => void, string]>([
    ['its key is gone', () => rmSync(file('ca.key.pem')), 'GW_PKI_INCOMPLETE'],
    ['others may read its key', () => chmodSync(file('ca.key.pem'), 0o640), 'GW_PKI_KEY_EXPOSED'],
    ['its key is another one', () => writeFileSync(file('ca.key.pem'), execFileSync('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], { stdio: ['ignore', 'pipe', 'ignore'] })), 'GW_PKI_UNREADABLE'],
    ['its certificate is no PEM', () => writeFileSync(file('ca.cert.pem'), 'nonsense'), 'GW_PKI_UNREADABLE'],
  ])('refuses to open, and changes nothing, where %s', async (_, damage, expected) => {
    await opened()
    damage()
    const before = readdirSync(folder).map((name) => [name, readFileSync(file(name), 'utf8')])
    await expect(make().open()).rejects.toEqual(code(expected))
    expect(readdirSync(folder).map((name) => [name, readFileSync(file(name), 'utf8')])).toEqual(before)
  })

  it("refuses another estate's authority", async () => {
    await opened('estate-a')
    await expect(make('estate-b').open()).rejects.toEqual(code('GW_PKI_FOREIGN'))
    await expect(make('estate').open()).rejects.toEqual(code('GW_PKI_FOREIGN'))
  })

  it('makes no certificate while the clock was never set', async () => {
    wallMs = 86_400_000
    await expect(make().open()).rejects.toEqual(code('GW_PKI_CLOCK'))
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['', 'Cam-1', 'cam 1', 'cam/1', '-cam', 'a'.repeat(33), 'cam\nCN=x', '摄像头'])('refuses the device id %j, naming the field', async (deviceId) => {
    const authority = await opened()
    await expect(authority.issueDevice({ deviceKind: 'camera', deviceId })).rejects
      .toMatchObject({ code: 'GW_PKI_SUBJECT', httpStatus: 400, details: { field: 'deviceId' } })
  })

  describe('server certificate', () => {
    const names = (pem: string): string[] => new X509Certificate(pem).subjectAltName?.split(', ') ?? []

    it('covers localhost and every configured name, with a private key file', async () => {
      const tls = await (await opened()).serverTls(['gw.pengjiang.lan', '192.168.10.5'])
      expect(names(tls.certPem)).toEqual(['DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1', 'DNS:gw.pengjiang.lan', 'IP Address:192.168.10.5'])
      expect([modeOf('server.key.pem'), modeOf('server.cert.pem')]).toEqual([0o600, 0o644])
    })

    it('is kept over restarts while it covers the names, and replaced for a new name', async () => {
      const first = await (await opened()).serverTls(['gw.lan'])
      expect((await (await opened()).serverTls(['gw.lan'])).certPem).toBe(first.certPem)
      expect((await (await opened()).serverTls([])).certPem).toBe(first.certPem)
      const second = await (await opened()).serverTls(['gate.lan'])
      expect(second.certPem).not.toBe(first.certPem)
      expect(names(second.certPem)).toContain('DNS:gate.lan')
    })

    it('is replaced in its last year, and where key and certificate do not fit after a crash between the two', async () => {
      const first = await (await opened()).serverTls([])
      wallMs = NOW_MS + (10 * 365 - 364) * DAY_MS
      const second = await (await opened()).serverTls([])
      expect(second.certPem).not.toBe(first.certPem)
      copyFileSync(file('ca.key.pem'), file('server.key.pem'))
      const third = await (await opened()).serverTls([])
      expect(new X509Certificate(third.certPem).checkPrivateKey(createPrivateKey(third.keyPem))).toBe(true)
    })
  })

  it('is accepted by openssl for its purpose and for no other', async (ctx) => {
    if (spawnSync('openssl', ['version']).status !== 0) return ctx.skip('openssl is not installed')
    const authority = await opened()
    const device = await authority.issueDevice({ deviceKind: 'camera', deviceId: 'cam-1' })
    await authority.serverTls([])
    writeFileSync(file('device.pem'), device.certPem)
    const verify = (purpose: string, name: string): number | null =>
      spawnSync('openssl', ['verify', '-x509_strict', '-attime', String(NOW_MS / 1_000), '-purpose', purpose, '-CAfile', file('ca.cert.pem'), file(name)]).status
    expect([verify('sslclient', 'device.pem'), verify('sslserver', 'server.cert.pem')]).toEqual([0, 0])
    expect([verify('sslserver', 'device.pem'), verify('sslclient', 'server.cert.pem')]).not.toContain(0)
  })
})
