import { warmCodec } from '#contract/codec.js'
import type { EstateDeps, GatewayRuntime } from './app-estate.js'
import { createEmbeddedBroker } from './broker/broker.js'
import type { DeviceTransport } from './broker/device-transport.js'
import { createExternalBroker, gatewayNameOf } from './broker/external-broker.js'
import { renderAcl, renderMosquittoConf } from './broker/mosquitto-files.js'
import type { GatewayConfig } from './config.js'
import type { CertificateAuthority } from './device/certificate-authority.js'
import { gatewayError } from './errors.js'
import type { BrokerFiles } from './ops/broker-control.js'

const MQTTS_PORT = 8_883

/** Host and port of a broker. @param url `mqtts://HOST[:PORT]` */
export function brokerAddress(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? MQTTS_PORT : Number(port) }
}

/** The device wire that the configuration asks for: over the gateway's own broker, or over the estate's. */
export async function openTransport(
  { config, metrics, runtime }: Pick<EstateDeps, 'config' | 'metrics'> & { runtime: GatewayRuntime }, estateId: string, authority: CertificateAuthority,
): Promise<DeviceTransport> {
  // Ten milliseconds now, not while somebody stands before the first door.
  warmCodec()
  const { host, port, hostNames, connectionsMax, brokerUrl } = config.mqtt
  const common = { observer: metrics.transport, clock: runtime.clock, log: runtime.log.child({ part: 'broker' }) }
  if (brokerUrl !== null) return createExternalBroker({ options: { estateId, ...brokerAddress(brokerUrl), tls: await authority.clientTls(gatewayNameOf(estateId)) }, ...common })
  const { loginOverTls, plainHost, plainPort } = config.terminals
  const plain = plainHost === null ? null : { host: plainHost, port: plainPort }
  return createEmbeddedBroker({
    options: {
      estateId, host, port, connectionsMax, tls: await authority.serverTls(hostNames),
      ...(loginOverTls || plain !== null ? { logins: { overTls: loginOverTls, plain } } : {}),
    },
    ...common,
  })
}

/**
 * What the estate's broker is set up with.
 * @param folder where the files will lie on its machine
 * @throws GW_BROKER_EMBEDDED
 */
export async function renderBrokerFiles(
  { mqtt }: Pick<GatewayConfig, 'mqtt'>, estate: { readonly estateId: string; readonly authority: CertificateAuthority; readonly revoked: readonly string[] }, folder: string,
): Promise<BrokerFiles> {
  if (mqtt.brokerUrl === null) throw gatewayError('GW_BROKER_EMBEDDED')
  const address = brokerAddress(mqtt.brokerUrl)
  const { caPem, certPem, keyPem } = await estate.authority.serverTls([address.host], 'broker')
  return {
    acl: renderAcl(estate.estateId, estate.revoked), caPem, certPem, keyPem,
    conf: renderMosquittoConf({ host: mqtt.host, port: address.port, connectionsMax: mqtt.connectionsMax, folder }),
  }
}
