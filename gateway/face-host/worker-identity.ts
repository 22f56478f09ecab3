import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { DeviceAddress } from '#contract/topics.js'
import { readKeyIfAny, readTextIfAny } from '../device/key-files.js'
import { gatewayError } from '../errors.js'

/** Who a face worker is, and what it shows for it. */
export interface WorkerIdentity {
  readonly address: DeviceAddress
  readonly tls: { readonly caPem: string; readonly certPem: string; readonly keyPem: string }
}

/** `O=…\nOU=…\nCN=…` */
const partOf = (subject: string, name: string): string => subject.split('\n').find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''

/**
 * Reads what `issue-device --kind face-worker` wrote. Estate and name come from the certificate: nothing else could be true at the broker.
 * @throws GW_FACE_WORKER_IDENTITY, GW_PKI_KEY_EXPOSED
 */
export async function readWorkerIdentity(folder: string): Promise<WorkerIdentity> {
  const wrong = (reason: string, cause?: unknown) => gatewayError('GW_FACE_WORKER_IDENTITY', { folder, reason }, cause)
  const caPem = await readTextIfAny(join(folder, 'ca.pem'))
  const certPem = await readTextIfAny(join(folder, 'cert.pem'))
  const keyPem = await readKeyIfAny(join(folder, 'key.pem'))
  if (caPem === undefined || certPem === undefined || keyPem === undefined) throw wrong('ca.pem, cert.pem or key.pem is absent')
  let subject: string
  try {
    subject = new X509Certificate(certPem).subject
  } catch (cause) {
    throw wrong('cert.pem is no certificate', cause)
  }
  if (partOf(subject, 'OU') !== 'face-worker') throw wrong('cert.pem is not of a face worker')
  return { address: { estateId: partOf(subject, 'O'), deviceKind: 'face-worker', deviceId: partOf(subject, 'CN') }, tls: { caPem, certPem, keyPem } }
}
