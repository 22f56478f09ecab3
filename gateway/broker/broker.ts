import { Aedes, type AedesOptions, type Client } from 'aedes'
import type { EventEmitter } from 'node:events'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { type Arrival, type ConnectHooks, createConnectHooks } from './connect-hooks.js'
import { DeviceLink } from './device-link.js'
import type { DeviceSide, DeviceTransport, TransportObserver } from './device-transport.js'
import { BROKER_LIMITS } from './limits.js'
import { createMessageHooks } from './message-hooks.js'
import { type Notices, createNotices } from './notices.js'
import type { FramingFault } from './packet-framer.js'
import { createPublisher } from './publisher.js'
import { createRouter } from './router.js'
import { type SessionTable, createSessionTable } from './session-table.js'
import { type ListenerTls, type TlsListener, type TlsPeer, createTlsListener } from './tls-listener.js'

export interface BrokerOptions {
  readonly estateId: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tls: ListenerTls
  /** Connections at a time, handshakes included; one more is refused. */
  readonly connectionsMax: number
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
  readonly sessions: SessionTable
}

type Assembly = EmbeddedBrokerDeps & { readonly devices: DeviceSide; readonly notices: Notices }

/** Why it was cut goes to a device that is known and may mean well: one that sent far too much. */
function createCut({ observer, notices }: Assembly) {
  return (arrival: Arrival, client: Client, fault: FramingFault): void => {
    arrival.counted = true
    observer.rejected(fault, arrival.peer.commonName)
    const address = arrival.session?.access.address
    if (address !== undefined && fault === 'packet-too-large') notices.send(address, 'packet', 'oversized', 'too large to be read: the connection ends')
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

async function assemble(deps: Assembly): Promise<Running> {
  const { options: { estateId, ...options }, devices, notices, observer, clock, log } = deps
  const arrivals = new WeakMap<Client, Arrival>()
  const sessions = createSessionTable(devices.connections)
  const router = createRouter({ handlers: devices.handlers, notices, observer, log })
  const connect = createConnectHooks({ estateId, admission: devices.admission, arrivals, sessions, observer, runtime: { clock, log } })
  const { unsubscribed, ...message } = createMessageHooks({
    router, notices, observer,
    sessionOf(client) {
      const session = client === null ? undefined : arrivals.get(client)?.session
      return session !== undefined && sessions.isCurrent(session) ? session : undefined
    },
  })
  const aedes = await startAedes(message, connect, log)
  aedes.on('unsubscribe', unsubscribed)
  const cut = createCut(deps)

  const onConnection = (socket: TLSSocket, peer: TlsPeer): void => {
    const link = new DeviceLink({ socket, clock })
    const client = aedes.handle(link)
    const arrival: Arrival = { link, peer, counted: false }
    arrivals.set(client, arrival)
    link.onFault = (fault) => cut(arrival, client, fault)
    link.once('close', () => arrival.session !== undefined && sessions.end(arrival.session))
  }
  const listener = createTlsListener({ ...options, onConnection, onRefused: (reason) => observer.rejected(reason, null) })
  return { aedes, listener, sessions }
}

async function end({ aedes, listener, sessions }: Running): Promise<void> {
  for (const session of sessions.all()) sessions.end(session)
  await listener.stop()
  await new Promise<void>((resolve) => aedes.close(resolve))
}

/**
 * An MQTT 3.1.1 broker inside the gateway, over TLS with client certificates. Its store is memory and nothing rests on
 * it: sessions are clean, nothing is retained, and messages to devices go to their own connection only.
 */
export function createEmbeddedBroker(deps: EmbeddedBrokerDeps): DeviceTransport {
  let running: Running | undefined
  const publisher = createPublisher({ sessions: () => running?.sessions, observer: deps.observer, log: deps.log })
  const notices = createNotices({ publisher, clock: deps.clock })

  return {
    publisher,
    async start(devices) {
      const started = await assemble({ ...deps, devices, notices })
      running = started
      try {
        return { port: await started.listener.start() }
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
