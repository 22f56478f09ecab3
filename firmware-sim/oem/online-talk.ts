import type { CancelTimer, Clock } from '#kernel/clock.js'

const HEARTBEAT_MS = 30_000
/** The platform must answer `Online`; until then it is said again. */
const ONLINE_MS = 10_000

/** What a terminal says of itself while it is connected: `Online` until that is answered, and a heartbeat. */
export interface OnlineTalk {
  connected(): void
  acknowledged(): void
  disconnected(): void
}

export function createOnlineTalk(deps: {
  terminalId: string; clock: Clock; publish: (topic: string, body: object) => void; time: () => string
}): OnlineTalk {
  const { terminalId, clock, publish, time } = deps
  let cancelOnline: CancelTimer = () => undefined
  let cancelBeat: CancelTimer = () => undefined
  const online = (): void => {
    publish('mqtt/face/basic', { operator: 'Online', info: { facesluiceId: terminalId, username: 'admin', time: time(), ip: '192.168.1.88', facesname: '单元门' } })
    cancelOnline = clock.after(ONLINE_MS, online)
  }
  const beat = (): void => {
    publish('mqtt/face/heartbeat', { operator: 'HeartBeat', info: { facesluiceId: terminalId, time: time() } })
    cancelBeat = clock.after(HEARTBEAT_MS, beat)
  }
  return {
    connected() {
      online()
      beat()
    },
    acknowledged: () => cancelOnline(),
    disconnected() {
      cancelOnline()
      cancelBeat()
    },
  }
}
