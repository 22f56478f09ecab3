import type { DeviceKind } from '#contract/message-table.js'
import { type Result, err, ok } from '#kernel/result.js'
import type { DeviceAdmission, TerminalAdmission } from '../device/ports.js'
import { type ConnectClaim, judgeConnect } from './authorization.js'
import type { TransportRejection } from './device-transport.js'
import { judgeTerminalConnect } from './terminal-access.js'
import type { TlsPeer } from './tls-listener.js'

/** What CONNECT said. */
export interface ConnectWord extends Pick<ConnectClaim, 'clientId' | 'keepaliveSeconds'> {
  /** Topic of the last will; null where there is none. */
  readonly willTopic: string | null
}

/** Who stands at the other end, as far as the network says. */
export interface Caller {
  /** Null where no certificate was shown. */
  readonly peer: TlsPeer | null
  readonly address: string
}

/** Who was let in: a device of the contract, or a terminal of another maker. */
export type Admitted = { readonly deviceKind: DeviceKind | 'terminal'; readonly deviceId: string }
export type Judged = Result<Admitted, TransportRejection>

export interface ConnectJudge {
  /** By certificate. Undefined where none was shown: then only a login can be let in. */
  byCertificate(caller: Caller, word: ConnectWord): Judged | undefined
  byLogin(caller: Caller, word: ConnectWord, userName: string | undefined, password: Buffer | undefined): Promise<Judged>
  /** Whether a terminal that logged in still may, for it may have been revoked in between. */
  stillAdmitted(terminalId: string): boolean
}

/** Device or terminal, certificate or login: which rules hold for this connection. */
export function createConnectJudge(deps: { admission: DeviceAdmission; terminals: TerminalAdmission | undefined }): ConnectJudge {
  const { admission, terminals } = deps
  const ofTerminal = (terminalId: string, word: ConnectWord, admitted: Result<void, TransportRejection>): Judged => {
    const claim = judgeTerminalConnect({ terminalId, ...word })
    if (!claim.ok) return claim
    return admitted.ok ? ok({ deviceKind: 'terminal', deviceId: terminalId }) : admitted
  }
  return {
    byCertificate({ peer }, word) {
      if (peer === null) return undefined
      const { commonName, fingerprint } = peer
      if (terminals?.knows(commonName) === true) return ofTerminal(commonName, word, terminals.admitCertificate(commonName, fingerprint))
      const kind = judgeConnect({ ...word, ...peer, hasWill: word.willTopic !== null }, admission)
      return kind.ok ? ok({ deviceKind: kind.value, deviceId: commonName }) : kind
    },
    async byLogin({ address }, word, userName, password) {
      if (terminals === undefined || userName === undefined || password === undefined) return err('no-credentials')
      const terminalId = word.clientId
      return ofTerminal(terminalId, word, await terminals.admitLogin({ terminalId, userName, password: password.toString('utf8'), address }))
    },
    stillAdmitted: (terminalId) => terminals?.isAdmitted(terminalId) === true,
  }
}
