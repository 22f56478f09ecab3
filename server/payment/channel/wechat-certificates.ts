import { type KeyObject, X509Certificate } from 'node:crypto'
import { parseJson } from '#contract/codec.js'
import type { Clock } from '#kernel/clock.js'
import type { ChannelAnswer } from './channel-port.js'
import { CertificateList } from './wechat-schemas.js'
import { unseal } from './wechat-signature.js'

/** A platform certificate of WeChat Pay, as far as signatures need it. */
export interface PlatformCertificate {
  /** 40 hexadecimal digits, upper case. */
  readonly serial: string
  readonly key: KeyObject
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * The certificates in an answer of `/v3/certificates`. Each is sealed with the merchant's APIv3 key: only who knows it could make
 * one. Those that cannot be opened, or are not what they are called, are left out.
 */
export function certificatesIn(text: string, apiV3Key: Buffer): PlatformCertificate[] {
  const list = parseJson<CertificateList>(CertificateList, text)
  if (!list.ok) return []
  return list.value.data.flatMap(({ serial_no: serialNo, encrypt_certificate: sealed }) => {
    const pem = unseal(sealed, apiV3Key)
    if (pem === undefined) return []
    try {
      const certificate = new X509Certificate(pem)
      const serial = certificate.serialNumber.toUpperCase()
      if (serial !== serialNo.toUpperCase() || certificate.publicKey.asymmetricKeyType !== 'rsa') return []
      return [{ serial, key: certificate.publicKey, fromMs: Date.parse(certificate.validFrom), untilMs: Date.parse(certificate.validTo) }]
    } catch {
      return []
    }
  })
}

/** Key of a serial among certificates that are valid now. */
export function keyAmong(certificates: readonly PlatformCertificate[], nowMs: number): (serial: string) => KeyObject | undefined {
  return (serial) => certificates.find((one) => one.serial === serial.toUpperCase() && one.fromMs <= nowMs && nowMs < one.untilMs)?.key
}

export interface PlatformKeys {
  /** Key of the serial that an answer or notify names, of either mode: during a switch both kinds come. */
  keyOf(serial: string): KeyObject | undefined
  /** Loads the certificates where they are older than they may be. Never throws; the next call tries again. */
  refreshIfDue(): Promise<void>
}

export interface PlatformKeysDeps {
  /** Null: certificates alone. */
  readonly publicKey: { readonly id: string; readonly key: KeyObject } | null
  /** Null: the public key alone. */
  readonly certificates: (() => ChannelAnswer<PlatformCertificate[]>) | null
  readonly clock: Clock
}

/** WeChat Pay asks for 12 hours at most (平台证书更新指引): a new one is published well before the old one ends. */
const REFRESH_MS = 12 * 3_600_000
/** After a failure, or for a serial that nobody knew: no more often than this, whoever posts serials to us. */
const RETRY_MS = 60_000

/** Keys with which WeChat Pay signs: its public key, its platform certificates, or both while a merchant is switched over. */
export function createPlatformKeys(deps: PlatformKeysDeps): PlatformKeys {
  const { publicKey, certificates: load, clock } = deps
  let known: readonly PlatformCertificate[] = []
  let dueMonoMs = 0
  let running: Promise<void> | null = null

  const refresh = async (): Promise<void> => {
    dueMonoMs = clock.monoMs() + RETRY_MS
    const answer = await load?.()
    if (answer?.ok !== true || answer.value.length === 0) return
    known = answer.value
    dueMonoMs = clock.monoMs() + REFRESH_MS
  }
  const refreshOnce = (): Promise<void> => (running ??= refresh().catch(() => undefined).finally(() => { running = null }))
  let askedMonoMs = Number.NEGATIVE_INFINITY

  return {
    keyOf(serial) {
      if (publicKey !== null && serial === publicKey.id) return publicKey.key
      const key = keyAmong(known, clock.wallMs())(serial)
      if (key === undefined && load !== null && clock.monoMs() - askedMonoMs >= RETRY_MS) {
        // What this serial signed is refused and comes again: by then its certificate is here, where there is one.
        askedMonoMs = clock.monoMs()
        void refreshOnce()
      }
      return key
    },
    async refreshIfDue() {
      if (load !== null && clock.monoMs() >= dueMonoMs) await refreshOnce()
    },
  }
}
