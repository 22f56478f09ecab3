import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCertificateAuthority } from '../../../gateway/device/certificate-authority.js'
import { readWorkerIdentity } from '../../../gateway/face-host/worker-identity.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { tempDir } from '../../support/temp-dir.js'

describe('who a face worker is', () => {
  it('its certificate says; a folder of another kind of device, without a key, or without a certificate is refused', async () => {
    const folder = tempDir()
    const authority = createCertificateAuthority({ folder: join(folder, 'pki'), estateId: 'jh', deviceValidityDays: 30, clock: systemClock, random: systemRandom })
    await authority.open()
    const put = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 })
    const refused = (reason: string) => expect(readWorkerIdentity(folder)).rejects.toMatchObject({ code: 'GW_FACE_WORKER_IDENTITY', details: { folder, reason } })
    await refused('ca.pem, cert.pem or key.pem is absent')
    const { caPem, certPem, keyPem } = await authority.issueDevice({ deviceKind: 'face-worker', deviceId: 'fw-1' })
    put('ca.pem', caPem)
    put('cert.pem', certPem)
    put('key.pem', keyPem)
    expect(await readWorkerIdentity(folder)).toEqual({ address: { estateId: 'jh', deviceKind: 'face-worker', deviceId: 'fw-1' }, tls: { caPem, certPem, keyPem } })
    put('cert.pem', 'nonsense')
    await refused('cert.pem is no certificate')
    put('cert.pem', (await authority.issueDevice({ deviceKind: 'camera', deviceId: 'cam-1' })).certPem)
    await refused('cert.pem is not of a face worker')
  })
})
