import type { CredentialService, ListedCredential } from '../credential/credential-service.js'
import { fail } from '../errors.js'
import type { Resident } from './resident-finder.js'

/** Phones of one person. Who has more blocks one that is not used any more. */
const PHONES_MAX = 5
const CREDENTIALS_MAX = 100

export type MyCredential = Pick<ListedCredential, 'credentialId' | 'kind' | 'hint' | 'validUntilMs' | 'createdAtMs'> & {
  readonly lastAtMs: number | null
  readonly lastGateName: string | null
}

export interface MyPassService {
  /** What holds now, newest first. */
  list(me: Resident): Promise<MyCredential[]>
  /** Registers the key of the caller's phone. @throws AppError SV_CREDENTIAL_KEY, SV_CREDENTIAL_PHONES */
  registerPhone(me: Resident, phone: { publicKey: string; name: string }): Promise<{ credentialId: string }>
  /** Blocks what got lost, at once. @throws AppError SV_HTTP_NOT_FOUND, also where it is somebody else's */
  block(me: Resident, credentialId: string): Promise<void>
}

/** A resident's ways in without a face. */
export function createMyPassService({ credentials }: { credentials: CredentialService }): MyPassService {
  const list = async (me: Resident): Promise<MyCredential[]> => {
    const open = await credentials.list([me.estateId], { personRef: me.personRef, state: 'open', kind: undefined, text: undefined, after: undefined, limit: CREDENTIALS_MAX })
    return open.credentials.map(({ credentialId, kind, hint, validUntilMs, createdAtMs, use }) =>
      ({ credentialId, kind, hint, validUntilMs, createdAtMs, lastAtMs: use?.lastAtMs ?? null, lastGateName: use?.lastGateName ?? null }))
  }
  return {
    list,
    async registerPhone(me, phone) {
      const phones = (await list(me)).filter((each) => each.kind === 'phone-key')
      if (phones.length >= PHONES_MAX) throw fail('SV_CREDENTIAL_PHONES', { phonesMax: PHONES_MAX })
      return credentials.registerPhone(me.userId, { ...phone, personRef: me.personRef })
    },
    async block(me, credentialId) {
      if (!(await list(me)).some((each) => each.credentialId === credentialId)) throw fail('SV_HTTP_NOT_FOUND')
      await credentials.end(me.userId, credentialId, 'blocked')
    },
  }
}
