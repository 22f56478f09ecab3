import { describe, expect, it } from 'vitest'
import { ESTATES_MAX, planEstate } from '../../../firmware-sim/demo/demo-plan.js'
import { FACE_TABLE } from '../../../firmware-sim/frames/face-table.js'
import { schemaError } from '../../../gateway/contract/codec.js'
import { GateV2 } from '../../../gateway/contract/sync-roster.js'

const estates = Array.from({ length: ESTATES_MAX }, (_, estate) => planEstate(estate, 6))

describe('demo plan', () => {
  it('names 11 different estates as examples, in districts of Jiangmen', () => {
    expect(new Set(estates.map((estate) => estate.estateId)).size).toBe(11)
    expect(estates.every((estate) => estate.name.startsWith('示例小区'))).toBe(true)
    expect(new Set(estates.map((estate) => estate.district))).toEqual(new Set(['蓬江区', '江海区', '新会区', '台山市', '开平市', '鹤山市', '恩平市']))
  })

  it('gives each camera a gate with a face-free way, and each four gates a controller', () => {
    for (const { gates, controllers } of estates) {
      for (const gate of gates) {
        expect(schemaError(GateV2, { kind: 'gate.v2', ...gate })).toBeUndefined()
        expect(gate.faceFreeWays).toEqual(['card', 'qr', 'pin', 'guard'])
      }
      expect(gates.map((gate) => gate.devices.map((device) => device.deviceId))).toEqual([1, 2, 3, 4, 5, 6].map((n) => [`cam-${n}`, `rd-${n}`]))
      expect(gates.map((gate) => `${gate.controllerId}/${gate.doorNo}`)).toEqual(['ctl-1/1', 'ctl-1/2', 'ctl-1/3', 'ctl-1/4', 'ctl-2/1', 'ctl-2/2'])
      expect(controllers).toEqual([{ controllerId: 'ctl-1', doors: 4 }, { controllerId: 'ctl-2', doors: 2 }])
    }
  })

  it('enrols eight different persons of each estate, and no stranger of it is one of them', () => {
    const personOf = (faceId: string): number | undefined => FACE_TABLE.find((face) => face.faceId === faceId)?.person
    for (const { persons, cast } of estates) {
      const enrolled = persons.map((person) => personOf(person.faceId))
      expect(new Set(enrolled).size).toBe(8)
      expect(persons.every((person) => FACE_TABLE.find((face) => face.faceId === person.faceId)?.enrollable)).toBe(true)
      expect(new Set(cast.residents.map(personOf))).toEqual(new Set(enrolled))
      expect(cast.strangers.length).toBeGreaterThanOrEqual(3)
      expect(cast.strangers.filter((faceId) => enrolled.includes(personOf(faceId)))).toEqual([])
    }
  })

  it('gives each resident a way in beside the face, cards with numbers of their own', () => {
    const cards = estates.flatMap(({ persons }) => persons.flatMap(({ way }) => (way.kind === 'card' ? [way.number] : [])))
    expect([new Set(cards).size, cards.every((number) => /^[0-9a-f]{12}$/.test(number))]).toEqual([22, true])
    expect(estates[0]?.persons.map(({ way }) => way.kind)).toEqual(['card', 'pin', 'phone', 'printed', 'card', 'pin', 'phone', 'printed'])
  })

  it('has seven persons in four households of different units, and one who may pass the first gate only', () => {
    for (const { persons, households, buildings } of estates) {
      expect(households.map((household) => household.faceIds.length)).toEqual([2, 2, 2, 1])
      expect(households.flatMap((household) => household.faceIds)).toEqual(persons.slice(0, 7).map((person) => person.faceId))
      const units = buildings.flatMap(({ name, rooms }) => rooms.map((roomNo) => `${name} ${roomNo}`))
      expect(new Set(households.map((household) => household.unitLabel)).size).toBe(4)
      expect(households.every((household) => units.includes(household.unitLabel))).toBe(true)
      expect(persons.map((person) => person.gateIds)).toEqual([[], [], [], [], [], [], [], ['gate-1']])
    }
  })
})
