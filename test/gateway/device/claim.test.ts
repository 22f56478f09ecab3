import 'reflect-metadata'
import { X509Certificate, createPrivateKey, generateKeyPairSync, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { claimIdentity, makeClaim, sendClaim } from '../../../firmware-sim/device/claim.js'
import { createCertificateAuthority } from '../../../gateway/device/certificate-authority.js'
import { claimedProof, codeSha256Of } from '../../../gateway/device/claim-proof.js'
import { createClaimServer } from '../../../gateway/device/claim-server.js'
import { CLAIM_CODE_MS, createClaimService } from '../../../gateway/device/claim-service.js'
import { createDeviceRegistry } from '../../../gateway/device/registry.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

async function start() {
  const clock = createVirtualClock()
  const store = await openStore({ clock })
  const log = createRecordingLog()
  const stamp = createStamper({ clock, ids: createIdSource({ clock, random: systemRandom }), bootId: uuid(1, 0xb) })
  const registry = createDeviceRegistry({ store, clock, stamp, log, lost: [] })
  await registry.start()
  const authority = createCertificateAuthority({ folder: tempDir(), estateId: 'estate-1', deviceValidityDays: 30, clock, random: systemRandom })
  await authority.open()
  const dropped: string[] = []
  const claims = createClaimService({ authority, registry, store, disconnect: (deviceId) => void dropped.push(deviceId), clock, random: systemRandom })
  const server = createClaimServer({ host: '127.0.0.1', port: 0, tls: await authority.serverTls([]), claims, mqttPort: () => 8_883, log })
  const { port } = await server.start()
  onTestFinished(() => server.stop())
  const url = `https://127.0.0.1:${port}`
  const send = async (claim: object) => {
    const { status, text } = await sendClaim(url, claim)
    const body = JSON.parse(text) as Record<string, unknown>
    return { status, code: body['code'], body }
  }
  const fingerprints = () => registry.list().map(({ deviceId }) => deviceId)
  return { clock, store, log, registry, authority, claims, dropped, url, send, fingerprints }
}
const CAMERA = { deviceKind: 'camera', deviceId: 'cam-1' } as const
const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()

describe('a device claims its certificate', () => {
  it('with its own key, for the name and kind of its code, from an authority that proves itself by the code', async () => {
    const rig = await start()
    const { code, expiresAtMs } = await rig.claims.giveOut(CAMERA)
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
    expect(expiresAtMs).toBe(rig.clock.wallMs() + CLAIM_CODE_MS)
    const identity = await claimIdentity({ url: rig.url, deviceId: 'cam-1', code })
    const certificate = new X509Certificate(identity.certPem)
    expect(certificate.checkPrivateKey(createPrivateKey(identity.keyPem))).toBe(true)
    expect(certificate.verify(new X509Certificate(identity.caPem).publicKey)).toBe(true)
    expect(certificate.subject.split('\n')).toEqual(['O=estate-1', 'OU=camera', 'CN=cam-1'])
    expect(certificate.subjectAltName).toBe('URI:urn:smart-estates:estate-1:camera:cam-1')
    expect(identity.mqttPort).toBe(8_883)
    expect(rig.registry.admit('cam-1', fingerprintOf(identity.certPem))).toEqual({ ok: true, value: 'camera' })
    expect(rig.dropped).toEqual(['cam-1'])
    expect(JSON.stringify(rig.log.lines)).not.toContain(code)
  })

  it('once: another key gets nothing by the same code; the same key may fetch a lost answer', async () => {
    const rig = await start()
    const { code } = await rig.claims.giveOut(CAMERA)
    const { claim } = await makeClaim({ deviceId: 'cam-1', code })
    expect((await rig.send(claim)).status).toBe(201)
    const again = await rig.send(claim)
    expect(again.status).toBe(201)
    expect(rig.registry.admit('cam-1', fingerprintOf(String(again.body['certPem'])))).toMatchObject({ ok: true })
    expect(await rig.send((await makeClaim({ deviceId: 'cam-1', code })).claim)).toMatchObject({ status: 403, code: 'GW_CLAIM_REFUSED' })
  })

  it('of two that use one code at the same moment one gets a certificate', async () => {
    const rig = await start()
    const { code } = await rig.claims.giveOut(CAMERA)
    const claims = await Promise.all([1, 2, 3].map(async () => (await makeClaim({ deviceId: 'cam-1', code })).claim))
    const answers = await Promise.all(claims.map((claim) => rig.send(claim)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 403, 403])
    const [won] = answers.filter(({ status }) => status === 201)
    expect(rig.registry.admit('cam-1', fingerprintOf(String(won?.body['certPem'])))).toMatchObject({ ok: true })
  })

  it('anew where it was revoked or replaced: the earlier certificate is refused from then on', async () => {
    const rig = await start()
    const first = await claimIdentity({ url: rig.url, deviceId: 'cam-1', code: (await rig.claims.giveOut(CAMERA)).code })
    await rig.registry.revoke('cam-1')
    const second = await claimIdentity({ url: rig.url, deviceId: 'cam-1', code: (await rig.claims.giveOut(CAMERA)).code })
    expect(rig.registry.admit('cam-1', fingerprintOf(first.certPem))).toEqual({ ok: false, error: 'wrong-certificate' })
    expect(rig.registry.admit('cam-1', fingerprintOf(second.certPem))).toEqual({ ok: true, value: 'camera' })
  })

  it('one and the same refusal for a wrong code, none, one that is over and one of another device', async () => {
    const rig = await start()
    const { code } = await rig.claims.giveOut(CAMERA)
    const refusal = { status: 403, code: 'GW_CLAIM_REFUSED' }
    expect(await rig.send((await makeClaim({ deviceId: 'cam-1', code: `${code}X` })).claim)).toMatchObject(refusal)
    expect(await rig.send((await makeClaim({ deviceId: 'cam-2', code })).claim)).toMatchObject(refusal)
    const { claim } = await makeClaim({ deviceId: 'cam-1', code })
    expect(await rig.send({ ...claim, csrPem: (await makeClaim({ deviceId: 'cam-1', code: 'another' })).claim.csrPem })).toMatchObject(refusal)
    const renewed = await rig.claims.giveOut(CAMERA)
    expect(await rig.send(claim)).toMatchObject(refusal)
    rig.clock.advance(CLAIM_CODE_MS)
    expect(await rig.send((await makeClaim({ deviceId: 'cam-1', code: renewed.code })).claim)).toMatchObject(refusal)
    expect(rig.registry.list()).toEqual([])
  })

  it('a code of the server does the same; the same order again does not make a used code new', async () => {
    const rig = await start()
    const given = { ...CAMERA, codeSha256: codeSha256Of('AB12-CD34'), validMs: 60_000 }
    await rig.claims.accept(given)
    await claimIdentity({ url: rig.url, deviceId: 'cam-1', code: 'AB12-CD34' })
    await rig.claims.accept(given)
    expect(await rig.send((await makeClaim({ deviceId: 'cam-1', code: 'AB12-CD34' })).claim)).toMatchObject({ status: 403 })
  })

  it('no code for an id that is registered with another kind', async () => {
    const rig = await start()
    await rig.registry.register({ deviceId: 'cam-1', deviceKind: 'controller', certificateFingerprint: 'a'.repeat(64) })
    await expect(rig.claims.giveOut(CAMERA)).rejects.toMatchObject({ code: 'GW_DEVICE_EXISTS' })
    await expect(rig.claims.accept({ ...CAMERA, codeSha256: 'b'.repeat(64), validMs: 1 })).rejects.toMatchObject({ code: 'GW_DEVICE_EXISTS' })
  })

  it('an answer that does not prove the code is not believed', async () => {
    const rig = await start()
    const { code } = await rig.claims.giveOut(CAMERA)
    const [caPem, certPem] = ['c'.repeat(64), 'd'.repeat(64)]
    const liar = { claim: async () => ({ caPem, certPem, proof: claimedProof(codeSha256Of('something else'), { caPem, certPem }) }) }
    const server = createClaimServer({ host: '127.0.0.1', port: 0, tls: await rig.authority.serverTls([]), claims: liar, mqttPort: () => 1, log: rig.log })
    const { port } = await server.start()
    onTestFinished(() => server.stop())
    await expect(claimIdentity({ url: `https://127.0.0.1:${port}`, deviceId: 'cam-1', code })).rejects.toMatchObject({ code: 'SIM_CLAIM', details: { problem: 'the answer does not prove the code' } })
  })
})

describe('a request for a certificate', () => {
  const csr = async (algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams): Promise<string> => {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as webcrypto.CryptoKeyPair
    return (await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: { ...algorithm, hash: 'SHA-256' } })).toString('pem')
  }
  const rsa = (modulusLength: number) => ({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent: new Uint8Array([1, 0, 1]) })

  it('is read strictly: key, signature, form; what is wrong is named', async () => {
    const rig = await start()
    await rig.claims.giveOut(CAMERA)
    const { claim } = await makeClaim({ deviceId: 'cam-1', code: 'x' })
    const swapped = new x509.Pkcs10CertificateRequest(claim.csrPem)
    const bytes = Buffer.from(swapped.rawData)
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1
    const problems = async (csrPem: string) => (await rig.send({ ...claim, csrPem })).body['details']
    expect(await problems(x509.PemConverter.encode(bytes, 'CERTIFICATE REQUEST'))).toMatchObject({ field: 'csrPem', problem: expect.stringMatching(/signature|PKCS/) })
    expect(await problems(await csr(rsa(1_024)))).toMatchObject({ problem: 'an RSA key of 1024 bits, 2048 to 4096 are asked for' })
    expect(await problems(await csr({ name: 'ECDSA', namedCurve: 'P-521' }))).toMatchObject({ problem: 'a key on P-521, P-256 is asked for' })
    expect(await problems(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toMatchObject({ problem: 'is no PKCS #10 request' })
    expect(await rig.send({ ...claim, csrPem: await csr(rsa(2_048)) })).toMatchObject({ status: 403 })
  })

  it('is bounded: unknown fields, a long body, another method, too many', async () => {
    const rig = await start()
    const { claim } = await makeClaim({ deviceId: 'cam-1', code: 'x' })
    expect(await rig.send({ ...claim, colour: 'red' })).toMatchObject({ status: 400, code: 'GW_CLAIM_REQUEST', body: { details: { problem: '(root): unknown field "colour"' } } })
    expect((await rig.send({ ...claim, csrPem: 'x'.repeat(9_000) })).status).toBe(400)
    const statuses: number[] = []
    for (let i = 0; i < 125; i++) statuses.push((await rig.send(claim)).status)
    expect(statuses.slice(0, 3)).toEqual([403, 403, 403])
    expect(statuses.slice(-3)).toEqual([429, 429, 429])
  })
})
