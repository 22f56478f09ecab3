import type {
  AccessLogItem, ConsentDetail, Estate, Gate, GatewayIntegrity, Person, User,
} from '../../../server/web/kit/api/types.js'
import { seededRandom } from '#kernel/random.js'
import { makePassage } from './passages.js'

/** Everything a stand-in server answers from; tests change it as they go. */
export interface World {
  readonly users: Array<User & { password: string }>
  readonly estates: Estate[]
  readonly gates: Gate[]
  readonly gateways: GatewayIntegrity[]
  /** Gateways that do not contact the server; all others did just now, whenever they are asked about. */
  readonly silent: Set<string>
  readonly persons: Person[]
  readonly consents: ConsentDetail[]
  /** Newest first. */
  readonly passages: AccessLogItem[]
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS

/** Example names: which estates the city means is not public. */
const ESTATE_NAMES: ReadonlyArray<readonly [string, string]> = [
  ['示例·丰乐苑', '蓬江区'], ['示例·江翠园', '江海区'], ['示例·会城安居里', '新会区'], ['示例·台城新村', '台山市'], ['示例·长沙花园', '开平市'], ['示例·沙坪雅居', '鹤山市'],
  ['示例·恩城福苑', '恩平市'], ['示例·滨江北苑', '蓬江区'], ['示例·礼乐家园', '江海区'], ['示例·圭峰小筑', '新会区'], ['示例·水步新居', '台山市'],
]
const GATE_NAMES = ['南门人行通道', '北门人行通道', '1 栋单元门', '2 栋单元门', '3 栋单元门', '地下车库人行入口']
const FAMILY = ['陈', '李', '黄', '梁', '林', '吴', '谭', '冯', '欧阳', '伍', '邓', '关']
const GIVEN = ['美玲', '志强', '秀英', '嘉豪', '子轩', '伟明', '丽华', '思远', '国栋', '雅婷', '桂芳', '俊杰']

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T
/** A well-formed UUIDv7 whose last group counts. */
export const fakeId = (group: number, count: number): string =>
  `0194${String(group).padStart(4, '0')}-0000-7000-8000-${count.toString(16).padStart(12, '0')}`

export interface WorldSize {
  readonly estates: number
  readonly passages: number
}

function people(estates: readonly Estate[]): Person[] {
  return estates.flatMap((estate, e) => Array.from({ length: e === 0 ? 64 : 4 }, (_, p) => ({
    personRef: fakeId(1, e * 1_000 + p + 1),
    estateId: estate.estateId,
    displayName: `${at(FAMILY, p * 5 + e)}${at(GIVEN, p * 7 + Math.floor(p / 12))}`,
    birthDate: p % 9 === 4 ? '2016-06-01' : `19${60 + (p % 35)}-03-15`,
    unitLabel: `${1 + (p % 3)} 栋 ${2 + Math.floor(p / 6)}0${1 + (p % 3)} 房`,
  }))).sort((a, b) => a.displayName.localeCompare(b.displayName, 'zh-CN'))
}

function consentsOf(persons: readonly Person[], gateways: readonly GatewayIntegrity[], nowMs: number): ConsentDetail[] {
  return persons.filter((_, index) => index % 4 !== 3).map((person, index) => ({
    consentId: fakeId(2, index + 1), personRef: person.personRef, purpose: 'face-access', noticeVersion: '2026-01', guardianRef: person.birthDate.startsWith('2016') ? fakeId(1, 1) : null,
    grantedAtMs: nowMs - 90 * DAY_MS, expiresAtMs: nowMs - 90 * DAY_MS + YEAR_MS, endedAtMs: null, endCause: null,
    holdings: gateways.filter((gateway) => gateway.estateId === person.estateId)
      .map((gateway) => ({ gatewayId: gateway.gatewayId, templates: 3, enrolledAtMs: nowMs - 90 * DAY_MS + 20 * MINUTE_MS, erasedAtMs: null })),
  }))
}

/** A city at work: gates in most of their states, one gateway silent, one with a gap. */
export function createWorld(nowMs: number, size: WorldSize = { estates: 11, passages: 420 }): World {
  const random = seededRandom(7)
  const estates = ESTATE_NAMES.slice(0, size.estates).map(([name, district], index) => ({ estateId: `estate-${index + 1}`, name, district }))
  const gates = estates.flatMap((estate, e) => GATE_NAMES.slice(0, e === 0 ? 6 : 3).map((name, g): Gate => ({
    estateId: estate.estateId, gateId: `gate-${e + 1}-${g + 1}`, name, relay: g === 1 ? 'released' : 'locked', contact: g === 2 ? 'open' : 'closed', fire: false, alarm: null, mode: 'normal', modeCause: null,
    controller: 'online', updatedAtMs: nowMs - (g + 1) * 37_000, grantedToday: 212 - g * 31 + e, refusedToday: 9 + g,
  })))
  const gateways = estates.map((estate, index): GatewayIntegrity => ({
    gatewayId: fakeId(3, index + 1), estateId: estate.estateId, name: '1 号网关', lastContactAtMs: nowMs - 2_000,
    epochs: [{ epoch: 1, contiguousSeq: 48_211 - index * 1_313, headSeq: 48_211 - index * 1_313, missing: [], duplicates: index % 4 === 0 ? 3 : 0, chain: 'verified', brokenAtSeq: null }],
  }))
  // One gateway lost its uplink 25 minutes ago; another went through a second epoch and lacks a range.
  const silent = new Set(gateways.slice(3, 4).map((gateway) => gateway.gatewayId))
  if (gateways[3] !== undefined) gateways[3] = { ...gateways[3], lastContactAtMs: nowMs - 25 * MINUTE_MS }
  if (gateways[4] !== undefined) {
    gateways[4] = { ...gateways[4], epochs: [
      { epoch: 1, contiguousSeq: 30_000, headSeq: 30_000, missing: [], duplicates: 0, chain: 'verified', brokenAtSeq: null },
      { epoch: 2, contiguousSeq: 1_200, headSeq: 4_810, missing: [{ from: 1_201, to: 1_240 }, { from: 1_300, to: 1_300 }], duplicates: 12, chain: 'verified', brokenAtSeq: null },
    ] }
  }
  const persons = people(estates)
  const world: World = {
    users: [
      { userId: fakeId(4, 1), loginName: 'manager', password: 'correct horse', displayName: '何经理', grants: [{ role: 'estate-manager', estateId: '*' }] },
      { userId: fakeId(4, 2), loginName: 'guard', password: 'battery staple', displayName: '保安亭', grants: [{ role: 'guard', estateId: 'estate-1' }] },
    ],
    estates, gates, gateways, silent, persons, consents: consentsOf(persons, gateways, nowMs), passages: [],
  }
  let occurredAtMs = nowMs - 4_000
  for (let index = 0; index < size.passages; index++) {
    world.passages.push(makePassage(world, random, { index, occurredAtMs }))
    occurredAtMs -= 9_000 + (index % 7) * 11_000
  }
  return world
}
