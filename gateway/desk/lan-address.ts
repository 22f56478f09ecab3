import { BlockList, isIP } from 'node:net'

/** Addresses of a network of one's own: RFC 1918, RFC 3927, RFC 4193, RFC 4291 link-local and loopback, RFC 6598. */
const IPV4 = [['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['169.254.0.0', 16], ['127.0.0.0', 8], ['100.64.0.0', 10]] as const
const IPV6 = [['fc00::', 7], ['fe80::', 10], ['::1', 128]] as const
const OWN = new BlockList()
for (const [net, bits] of IPV4) OWN.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of IPV6) OWN.addSubnet(net, bits, 'ipv6')
const ANY = ['0.0.0.0', '::']

export const isOwnAddress = (address: string): boolean => {
  const [bare = ''] = address.split('%')
  return OWN.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * The public address at which a page that listens on `host` could be reached, or undefined. A name other than localhost
 * says nothing about where it leads: it counts as public.
 * @param machine addresses of this machine
 */
export function publicAddress(host: string, machine: readonly string[]): string | undefined {
  if (host === 'localhost') return undefined
  if (isIP(host.split('%')[0] ?? '') === 0) return host
  return (ANY.includes(host) ? machine : [host]).find((address) => !isOwnAddress(address))
}
