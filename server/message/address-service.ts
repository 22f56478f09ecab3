import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { bindOpenId, openIdsOf, unbindOpenId } from '../resident/person-register.js'
import type { Messaging } from './open-messages.js'

/** Where WeChat asks a person for nothing but who they are (snsapi_base), as the app's own browser opens it. */
const AUTHORIZE = 'https://open.weixin.qq.com/connect/oauth2/authorize'

export interface AddressService {
  /** @param pageUrl where WeChat leads back to with a code; null where messages by WeChat are not set up @returns `url` to open there */
  state(personRef: string, pageUrl: string): Promise<{ offered: boolean; bound: boolean; url: string | null }>
  /** @param code as WeChat gave it to the page @throws AppError SV_MESSAGE_WECHAT */
  bind(by: string, person: { personRef: string; estateId: string }, code: string): Promise<void>
  unbind(by: string, person: { personRef: string; estateId: string }): Promise<void>
}

/** Persons' own ids at the city's WeChat account: with them, and for as long as they want, messages come there. */
export function createAddressService(deps: { read: Tx; change: RunChange; wechat: Messaging['wechat'] }): AddressService {
  const { read, change, wechat } = deps
  return {
    async state(personRef, pageUrl) {
      const bound = (await openIdsOf(read, [personRef])).has(personRef)
      if (wechat === null) return { offered: false, bound, url: null }
      const query = new URLSearchParams({ appid: wechat.appId, redirect_uri: pageUrl, response_type: 'code', scope: 'snsapi_base', state: 'bind' }).toString()
      return { offered: true, bound, url: `${AUTHORIZE}?${query}#wechat_redirect` }
    },
    async bind(by, { personRef, estateId }, code) {
      const openId = await wechat?.channel.openIdOf(code)
      if (openId === undefined) throw fail('SV_MESSAGE_WECHAT', { field: 'code' })
      await change(by, async ({ tx, atMs, audit }) => {
        await bindOpenId(tx, personRef, openId, atMs)
        await audit({ action: 'person.wechat', subject: `person:${personRef}`, estateId, after: { bound: true } })
      })
    },
    unbind: (by, { personRef, estateId }) => change(by, async ({ tx, audit }) => {
      await unbindOpenId(tx, personRef)
      await audit({ action: 'person.wechat', subject: `person:${personRef}`, estateId, after: { bound: false } })
    }),
  }
}
