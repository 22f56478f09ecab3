import type { GateV2 } from '#contract/sync-roster.js'
import { DEFAULT_ZONE, NO_GATE_RULES } from '#contract/upgrade.js'
import { FACE_TABLE } from '../frames/face-table.js'
import type { Cast } from '../frames/frame-show.js'

/** As many as the city's plan names. */
export const ESTATES_MAX = 11
const DOORS_PER_CONTROLLER = 4
const RESIDENTS = 8
const STRANGERS = 4

/** What somebody carries beside the face. */
export type PlannedWay = { readonly kind: 'card'; readonly number: string } | { readonly kind: 'pin' | 'phone' | 'printed' }

export interface PlannedPerson {
  readonly faceId: string
  /** An example's name; no real person's. */
  readonly displayName: string
  readonly birthDate: string
  /** A made-up number: login codes and messages go to it. */
  readonly phone: string
  readonly unitLabel: string
  /** Gates that a permit by hand names; empty for who lives in a household, whose lease says which. */
  readonly gateIds: readonly string[]
  readonly way: PlannedWay
}

export interface PlannedBuilding {
  readonly name: string
  readonly floors: number
  /** The last two digits are the flat, those before them the floor. */
  readonly rooms: readonly string[]
}

/** Who lives together; the first is the head. */
export interface PlannedHousehold {
  readonly householdNo: string
  /** Building and room. */
  readonly unitLabel: string
  readonly faceIds: readonly string[]
}

export type PlannedGate = Omit<GateV2, 'kind'>

export interface PlannedController {
  readonly controllerId: string
  readonly doors: number
}

export interface PlannedEstate {
  readonly estateId: string
  readonly name: string
  readonly district: string
  readonly gates: readonly PlannedGate[]
  readonly controllers: readonly PlannedController[]
  readonly persons: readonly PlannedPerson[]
  readonly buildings: readonly PlannedBuilding[]
  readonly households: readonly PlannedHousehold[]
  readonly cast: Cast
}

const DISTRICTS = ['蓬江区', '江海区', '新会区', '台山市', '开平市', '鹤山市', '恩平市']
const GATE_NAMES = ['东门', '西门', '南门', '北门']
const two = (value: number): string => String(value).padStart(2, '0')

function gatesOf(cameras: number): PlannedGate[] {
  return Array.from({ length: cameras }, (_, index) => ({
    gateId: `gate-${index + 1}`,
    name: GATE_NAMES[index] ?? `${Math.floor(index / 4) + 1}栋单元门${(index % 4) + 1}`,
    zoneId: DEFAULT_ZONE,
    devices: [{ deviceId: `cam-${index + 1}`, direction: 'in' }, { deviceId: `rd-${index + 1}`, direction: 'in' }],
    controllerId: `ctl-${Math.floor(index / DOORS_PER_CONTROLLER) + 1}`,
    doorNo: (index % DOORS_PER_CONTROLLER) + 1,
    releaseMs: 3_000,
    faceFreeWays: ['card', 'qr', 'pin', 'guard'],
    rules: NO_GATE_RULES,
  }))
}

function controllersOf(gates: readonly PlannedGate[]): PlannedController[] {
  const ids = [...new Set(gates.map((gate) => gate.controllerId))]
  return ids.map((controllerId) => ({ controllerId, doors: gates.filter((gate) => gate.controllerId === controllerId).length }))
}

const BUILDINGS: readonly PlannedBuilding[] = [
  { name: '1栋', floors: 6, rooms: ['101', '102', '201', '202', '301', '302'] },
  { name: '2栋', floors: 18, rooms: ['501', '502', '1201', '1202', '1801', '1802'] },
]
const MEMBERS = 2

/** Two by two into every other unit, so that there are free ones to move into. */
function householdsOf(estate: number, faceIds: readonly string[]): PlannedHousehold[] {
  const units = BUILDINGS.flatMap(({ name, rooms }) => rooms.map((roomNo) => `${name} ${roomNo}`))
  return Array.from({ length: Math.ceil(faceIds.length / MEMBERS) }, (_, at) => ({
    householdNo: `H${two(estate + 1)}${two(at + 1)}`, unitLabel: units[at * 3] ?? '', faceIds: faceIds.slice(at * MEMBERS, (at + 1) * MEMBERS),
  }))
}

const WAYS = ['card', 'pin', 'phone', 'printed'] as const
function wayOf(estate: number, index: number): PlannedWay {
  const kind = WAYS[index % WAYS.length] ?? 'card'
  return kind === 'card' ? { kind, number: `04de${two(estate + 1)}${two(index + 1)}c0de` } : { kind }
}

/** The enrollable faces, turned so that each estate begins with other ones. */
function facesFor(estate: number): string[] {
  const faces = FACE_TABLE.filter((face) => face.enrollable).map((face) => face.faceId)
  return faces.map((_, index) => faces[(index + estate * 3) % faces.length] as string)
}

function castOf(enrolled: readonly string[], others: readonly string[]): Cast {
  const persons = new Set(FACE_TABLE.filter((face) => enrolled.includes(face.faceId)).map((face) => face.person))
  const isResident = (faceId: string): boolean => persons.has(FACE_TABLE.find((face) => face.faceId === faceId)?.person ?? 0)
  return {
    residents: FACE_TABLE.filter((face) => persons.has(face.person)).map((face) => face.faceId),
    strangers: others.filter((faceId) => !isResident(faceId)).slice(0, STRANGERS),
    strangerShare: 0.15, groupShare: 0.05,
  }
}

/**
 * One estate: a gate with a camera and a reader for each camera, up to four gates to a controller, eight persons with
 * faces of the demo pictures and some strangers. Seven live in four households and pass every gate by their leases; the
 * eighth lives elsewhere and may pass the first gate only.
 * @param estate from 0
 */
export function planEstate(estate: number, cameras: number): PlannedEstate {
  const gates = gatesOf(cameras)
  const faces = facesFor(estate)
  const enrolled = faces.slice(0, RESIDENTS)
  const households = householdsOf(estate, enrolled.slice(0, -1))
  const persons = enrolled.map((faceId, index): PlannedPerson => ({
    faceId,
    displayName: `示例住户 ${two(estate + 1)}${two(index + 1)}`,
    birthDate: `${1960 + ((estate * 7 + index * 5) % 40)}-0${1 + (index % 9)}-15`,
    phone: `1990000${two(estate + 1)}${two(index + 1)}`,
    unitLabel: households.find((household) => household.faceIds.includes(faceId))?.unitLabel ?? '',
    gateIds: index === RESIDENTS - 1 ? gates.slice(0, 1).map((gate) => gate.gateId) : [],
    way: wayOf(estate, index),
  }))
  const others = FACE_TABLE.filter((face) => !face.enrollable).map((face) => face.faceId)
  return {
    estateId: `demo-${two(estate + 1)}`,
    name: `示例小区 ${two(estate + 1)}`,
    district: DISTRICTS[estate % DISTRICTS.length] as string,
    gates, controllers: controllersOf(gates), persons, buildings: BUILDINGS, households,
    cast: castOf(enrolled, [...faces.slice(RESIDENTS), ...others]),
  }
}
