import type { NoticeCode } from '#contract/device-messages.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { Clock } from '#kernel/clock.js'
import type { DevicePublisher } from '../device/ports.js'
import { BROKER_LIMITS } from './limits.js'
import { createOncePer } from './once-per.js'

const ABOUT_CHARS_MAX = 64
const DETAIL_CHARS_MAX = 200

export interface Notices {
  /** Tells a device what was not accepted, at most once a second whatever it sends and however often it reconnects. */
  send(address: DeviceAddress, about: string, code: NoticeCode, detail: string): void
}

export function createNotices(deps: { publisher: DevicePublisher; clock: Clock }): Notices {
  const mayTell = createOncePer(deps.clock, BROKER_LIMITS.noticeIntervalMs)
  return {
    send(address, about, code, detail) {
      if (!mayTell(address.deviceId)) return
      deps.publisher.publish('deviceNotice', address, {
        v: 1, about: about.slice(0, ABOUT_CHARS_MAX) || '(none)', code, detail: detail.slice(0, DETAIL_CHARS_MAX),
      })
    },
  }
}
