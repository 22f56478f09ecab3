import { Aedes, type AedesOptions, type Client } from 'aedes'
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { type Stranger, createArrivalGate } from './arrival-gate.js'
import { type Arrival, type ConnectHooks, createConnectHooks, nameOf } from './connect-hooks.js'
import { createConnectJudge } from './connect-judge.js'
import { DeviceLink } from './device-link.js'
import type { DeviceSide, DeviceTransport, TransportObserver } from './device-transport.js'
import { BROKER_LIMITS } from './limits.js'
import { createMessageHooks } from './message-hooks.js'
import { type Notices, createNotices } from './notices.js'
import type { FramingFault } from './packet-framer.js'
import { type PlainListener, createPlainListener } from './plain-listener.js'
import { createPublisher } from './publisher.js'
import { createRouter } from './router.js'
import { type SessionListener, type SessionTable, createSessionTable } from './session-table.js'
import { createTerminalPublisher } from './terminal-publisher.js'
import { type ListenerTls, type TlsListener, type TlsPeer, createTlsListener } from './tls-listener.js'

export interface BrokerOptions {
  readonly estateId: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tls: ListenerTls
  /** Devices at a time; one more is refused. */
  readonly connectionsMax: number
  /** How face terminals without a certificate get in; absent, they do not. */
  readonly logins?: {
    /** On the port for devices, too. */
    readonly overTls: boolean
    /** Address of the estate's network that is listened at without TLS, too; null for none. */
    readonly plain: { readonly host: string; readonly port: number } | null
  }
}

export interface EmbeddedBrokerDeps {
  readonly options: BrokerOptions
  readonly observer: TransportObserver
  readonly clock: Clock
  readonly log: Logger
}

interface Running {
  readonly aedes: Aedes
  readonly listener: TlsListener
  readonly plainListener: PlainListener | undefined
  readonly sessions: SessionTable
}

type Assembly = EmbeddedBrokerDeps & { readonly devices: DeviceSide; readonly notices: Notices }

/** Why it was cut goes to a device that is known and may mean well: one that sent far too much. */
function createCut({ observer, notices }: Assembly) {
  return (arrival: Arrival, client: Client, fault: FramingFault): void => {
    arrival.counted = true
    observer.rejected(fault, nameOf(arrival))
    const access = arrival.session?.access
    if (access?.dialect === 'contract' && fault === 'packet-too-large') notices.send(access.address, 'packet', 'oversized', 'too large to be read: the connection ends')
    // One turn later, so that the notice is on its way.
    setImmediate(() => client.close())
  }
}

async function startAedes(hooks: AedesOptions, connect: ConnectHooks, log: Logger): Promise<Aedes> {
  const aedes = await Aedes.createBroker({
    ...hooks, preConnect: connect.preConnect, authenticate: connect.authenticate,
    connectTimeout: BROKER_LIMITS.connectTimeoutMs, drainTimeout: BROKER_LIMITS.drainTimeoutMs,
  })
  aedes.on('connackSent', connect.connackSent)
  aedes.on('clientError', connect.failed)
  aedes.on('connectionError', connect.failed)
  ;(aedes as EventEmitter).on('error', (error: Error) => log.error({ err: error }, 'the broker reports a failure'))
  return aedes
}

/** Tells each side of its own connections. */
const listenerOf = ({ connections, terminals }: DeviceSide): SessionListener => ({
  connected: (address) => (address.deviceKind === 'terminal' ? terminals?.connected(address.deviceId) : connections.connected(address)),
  disconnected: (address) => (address.deviceKind === 'terminal' ? terminals?.disconnected(address.deviceId) : connections.disconnected(address)),
})

async function assemble(deps: Assembly): Promise<Running> {
  const { options: { estateId, logins, connectionsMax, ...options }, devices, notices, observer, clock, log } = deps
  const arrivals = new WeakMap<Client, Arrival>()
  const sessions = createSessionTable(listenerOf(devices))
  const router = createRouter({ handlers: devices.handlers, notices, observer, log })
  const judge = createConnectJudge({ admission: devices.admission, terminals: devices.terminals?.admission })
  const connect = createConnectHooks({
    estate: { estateId, connectionsMax }, judge, arrivals, sessions, observer, runtime: { clock, log },
  })
  const { unsubscribed, ...message } = createMessageHooks({
    router, notices, observer, clock, terminals: devices.terminals,
    sessionOf(client) {
      const session = client === null ? undefined : arrivals.get(client)?.session
      return session !== undefined && sessions.isCurrent(session) ? session : undefined
    },
  })
  const aedes = await startAedes(message, connect, log)
  aedes.on('unsubscribe', unsubscribed)
  const cut = createCut(deps)

  const onConnection = (socket: Socket, peer: TlsPeer | null, { admitted }: Stranger): void => {
    const link = new DeviceLink({ socket, clock })
    const client = aedes.handle(link)
    const arrival: Arrival = { link, caller: { peer, address: socket.remoteAddress ?? '' }, admitted, counted: false }
    arrivals.set(client, arrival)
    link.onFault = (fault) => cut(arrival, client, fault)
    link.once('close', () => arrival.session !== undefined && sessions.end(arrival.session))
  }
  const onRefused = (reason: 'tls' | 'strangers-full'): void => observer.rejected(reason, null)
  const gate = createArrivalGate({ clock, onRefused })
  const listener = createTlsListener({ ...options, gate, certificateOptional: logins?.overTls === true, onConnection, onRefused })
  const plainListener = logins?.plain == null ? undefined : createPlainListener({
    ...logins.plain, gate, onConnection: (socket, stranger) => onConnection(socket, null, stranger),
  })
  return { aedes, listener, plainListener, sessions }
}

async function end({ aedes, listener, plainListener, sessions }: Running): Promise<void> {
  for (const session of sessions.all()) sessions.end(session)
  await listener.stop()
  await plainListener?.stop()
  await new Promise<void>((resolve) => aedes.close(resolve))
}

/**
 * An MQTT 3.1.1 broker inside the gateway, over TLS with client certificates; face terminals may log in instead. Its store is memory and nothing rests on
 * it: sessions are clean, nothing is retained, and messages to devices go to their own connection only.
 */
export function createEmbeddedBroker(deps: EmbeddedBrokerDeps): DeviceTransport {
  let running: Running | undefined
  const publisher = createPublisher({ sessions: () => running?.sessions, observer: deps.observer, log: deps.log })
  const terminalPublisher = createTerminalPublisher({ sessions: () => running?.sessions, observer: deps.observer })
  const notices = createNotices({ publisher, clock: deps.clock })

  return {
    publisher,
    terminalPublisher,
    async start(devices) {
      const started = await assemble({ ...deps, devices, notices })
      running = started
      try {
        const plainPort = await started.plainListener?.start() ?? null
        return { port: await started.listener.start(), plainPort }
      } catch (error) {
        running = undefined
        await end(started)
        throw error
      }
    },
    async stop() {
      const was = running
      running = undefined
      if (was !== undefined) await end(was)
    },
    disconnect(deviceId) {
      const session = running?.sessions.of(deviceId)
      if (session !== undefined) running?.sessions.end(session)
    },
    connectedCount: () => running?.sessions.all().length ?? 0,
  }
}
