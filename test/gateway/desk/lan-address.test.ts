import { describe, expect, it } from 'vitest'
import { isOwnAddress, publicAddress } from '../../../gateway/desk/lan-address.js'

describe('addresses of a network of one\'s own', () => {
  it.each(['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.10.5', '127.0.0.1', '169.254.1.1', '100.64.0.1', '::1', 'fd00::5', 'fe80::1%eth0'])('%s is one', (address) => {
    expect(isOwnAddress(address)).toBe(true)
  })
  it.each(['8.8.8.8', '172.32.0.1', '11.0.0.1', '192.169.0.1', '100.128.0.1', '2001:db8::1', '::ffff:8.8.8.8'])('%s is none', (address) => {
    expect(isOwnAddress(address)).toBe(false)
  })
})

describe('where a page could be reached from outside', () => {
  it.each([
    ['192.168.1.2', ['203.0.113.7'], undefined],
    ['203.0.113.7', [], '203.0.113.7'],
    ['0.0.0.0', ['192.168.1.2', '127.0.0.1'], undefined],
    ['0.0.0.0', ['192.168.1.2', '203.0.113.7'], '203.0.113.7'],
    ['::', ['fe80::1', '2001:db8::9'], '2001:db8::9'],
    ['localhost', ['203.0.113.7'], undefined],
    ['desk.example.org', [], 'desk.example.org'],
  ])('%s on a machine with %j: %s', (host, machine, found) => expect(publicAddress(host, machine)).toBe(found))
})
