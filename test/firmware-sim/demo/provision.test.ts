import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planEstate } from '../../../firmware-sim/demo/demo-plan.js'
import { demoPaths, openDemo } from '../../../firmware-sim/demo/demo-state.js'
import type { CliAnswer, GatewayCli } from '../../../firmware-sim/demo/gateway-cli.js'
import { ensureDeskOperators } from '../../../firmware-sim/demo/provision-desk.js'
import { ensureEnrolments } from '../../../firmware-sim/demo/provision-gateway.js'
import { claimTokenFile, ensureEstate } from '../../../firmware-sim/demo/provision-server.js'
import type { ServerApi } from '../../../firmware-sim/demo/server-api.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

let dataDir: string
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'provision-')), 'demo')
})
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true }))

/** A register that remembers, and what was made in it. */
function register() {
  const made: string[] = []
  const estates: string[] = []
  const persons = new Map<string, string>()
  const consents = new Map<string, string>()
  const permits = new Map<string, string[]>()
  const schedules: string[] = []
  const buildings = new Map<string, string>()
  const units = new Map<string, string>()
  const households: string[] = []
  const cards = new Set<string>()
  const api: ServerApi = {
    login: () => Promise.resolve(), userNames: () => Promise.resolve([]), createUser: () => Promise.resolve(),
    estateIds: () => Promise.resolve(estates),
    createEstate: ({ estateId }) => Promise.resolve(void (estates.push(estateId), made.push(`estate ${estateId}`))),
    putGate: () => Promise.resolve(),
    createGateway: (estateId) => Promise.resolve(void made.push(`gateway ${estateId}`)).then(() => ({ gatewayId: 'g1', claimToken: 'token-token-token-token' })),
    findPerson: (_estate, name) => Promise.resolve(persons.get(name)),
    createPerson: ({ displayName }) => Promise.resolve(void (persons.set(displayName, displayName), made.push('person'))).then(() => displayName),
    setPhone: () => Promise.resolve(),
    noticeVersion: () => Promise.resolve('face-access-1'),
    activeConsent: (ref) => Promise.resolve(consents.get(ref)),
    createConsent: ({ personRef }) => Promise.resolve(void (consents.set(personRef, `c ${personRef}`), made.push('consent'))).then(() => `c ${personRef}`),
    activePermitGates: (ref) => Promise.resolve(permits.get(ref) ?? []),
    createPermit: ({ personRef, gateIds }) => Promise.resolve(void (permits.set(personRef, [...(permits.get(personRef) ?? []), ...gateIds]), made.push(`permit ${gateIds.join('+')}`))),
    buildings: () => Promise.resolve(new Map(buildings)),
    createBuilding: ({ name }) => Promise.resolve(void (buildings.set(name, name), made.push(`building ${name}`))).then(() => name),
    units: () => Promise.resolve(new Map(units)),
    createUnit: ({ buildingId, roomNo }) => Promise.resolve(void (units.set(`${buildingId} ${roomNo}`, roomNo), made.push('unit'))).then(() => roomNo),
    householdNos: () => Promise.resolve(households),
    moveIn: ({ householdNo, members }) => Promise.resolve(void (households.push(householdNo), made.push(`household ${householdNo} ${members.length}`))),
    scheduleIds: () => Promise.resolve(schedules),
    putSchedule: (_estate, scheduleId) => Promise.resolve(void (schedules.push(scheduleId), made.push(`times ${scheduleId}`))),
    takeOverHolidays: () => Promise.resolve(),
    heldKinds: (ref) => Promise.resolve(cards.has(ref) ? ['card'] : []),
    issueCard: ({ personRef, number }) => Promise.resolve(void (cards.add(personRef), made.push(`card ${number}`))),
    setPin: () => Promise.resolve(void made.push('pin')).then(() => ({ number: '40217', pin: '830614' })),
    registerPhone: ({ publicKey }) => Promise.resolve(void made.push(`phone ${publicKey.length}`)).then(() => '01890000-0000-7000-8000-000000000000'),
    issuePrinted: () => Promise.resolve(void made.push('printed')).then(() => 'JT1.printed'),
    createVisit: (visit) => Promise.resolve(void made.push(`visit ${(visit as { purpose: string }).purpose}`)).then(() => 'JT1.visit'),
    integrity: () => Promise.resolve({ gateways: [] }),
  }
  return { api, consents, take: () => made.splice(0) }
}

const run = (api: ServerApi, cameras = 2) =>
  ensureEstate({ api, state: openDemo(dataDir), paths: demoPaths(dataDir), clock: createVirtualClock() }, planEstate(0, cameras))

describe('setting up an estate', () => {
  it('makes everything once, and nothing when it is done again', async () => {
    const { api, take } = register()
    await run(api)
    const made = take()
    expect(made.filter((what) => what === 'person' || what === 'consent')).toHaveLength(16)
    expect(made.filter((what) => what.startsWith('permit'))).toEqual(['permit gate-1'])
    expect(made.filter((what) => /^(building|unit|household)/.test(what))).toEqual([
      'building 1栋', ...Array.from({ length: 6 }, () => 'unit'), 'building 2栋', ...Array.from({ length: 6 }, () => 'unit'),
      'household H0101 2', 'household H0102 2', 'household H0103 2', 'household H0104 1',
    ])
    expect(made.slice(0, 4)).toEqual(['estate demo-01', 'times care', 'times office', 'gateway demo-01'])
    expect(made.slice(-10)).toEqual(['card 04de0101c0de', 'pin', 'phone 124', 'printed', 'card 04de0105c0de', 'pin', 'phone 124', 'printed', 'visit visit', 'visit carer'])
    expect(openDemo(dataDir).person('demo-01', planEstate(0, 2).persons[0]?.faceId ?? '').wallet).toEqual({ way: 'card', number: '04de0101c0de' })
    const token = claimTokenFile(demoPaths(dataDir), 'demo-01')
    expect(readFileSync(token, 'utf8')).toBe('token-token-token-token\n')
    expect(statSync(token).mode & 0o777).toBe(0o600)
    await run(api)
    expect(take()).toEqual([])
  })

  it('takes up what a run made that was killed before it could note it', async () => {
    const { api, take } = register()
    await run(api)
    take()
    rmSync(join(dataDir, 'demo.json'))
    rmSync(join(dataDir, 'logs'), { recursive: true })
    rmSync(join(dataDir, 'demo-01'), { recursive: true })
    rmSync(join(dataDir, '.gitignore'))
    await run(api)
    // Codes are shown once: whoever lost them gets others. A card stays the card that it is.
    expect(take()).toEqual(['gateway demo-01', 'pin', 'phone 124', 'printed', 'pin', 'phone 124', 'printed', 'visit visit', 'visit carer'])
  })

  it('does not give a withdrawn consent again', async () => {
    const { api, consents, take } = register()
    await run(api)
    take()
    consents.clear()
    await run(api)
    expect(take()).toEqual([])
  })

  it('permits nobody by hand at the gates of more cameras: leases do', async () => {
    const { api, take } = register()
    await run(api)
    take()
    await run(api, 3)
    expect(take()).toEqual([])
  })
})

describe('enrolling the residents', () => {
  const plan = planEstate(0, 2)
  const setUp = async (enrol: (photo: string) => CliAnswer) => {
    await run(register().api)
    const photos: string[] = []
    const cli: GatewayCli = {
      claimCode: () => Promise.resolve('CODE'), status: () => Promise.resolve({}), addOperator: () => Promise.reject(new Error('not asked')),
      enrol: (_ref, [photo = '']) => {
        photos.push(photo)
        expect(existsSync(photo)).toBe(true)
        expect(statSync(photo).mode & 0o777).toBe(0o600)
        return Promise.resolve(enrol(photo))
      },
    }
    const state = openDemo(dataDir)
    const faces = { photo: (faceId: string) => Promise.resolve(Buffer.from(faceId)), cutOut: () => Promise.reject(new Error('not asked')) }
    return { deps: { cli, state, paths: demoPaths(dataDir), faces, pause: () => Promise.resolve() }, photos }
  }
  const yes: CliAnswer = { ok: true, answer: { templates: 1 }, text: '' }
  const no = (reason: string): CliAnswer => ({ ok: false, answer: { kind: 'refused', reason }, text: reason })

  it('gives each one photo, leaves none behind, and enrols nobody twice', async () => {
    const { deps, photos } = await setUp(() => yes)
    expect(await ensureEnrolments(deps, plan)).toEqual([])
    expect(photos).toHaveLength(8)
    expect(photos.filter((photo) => existsSync(photo))).toEqual([])
    expect(await ensureEnrolments(deps, plan)).toEqual([])
    expect(photos).toHaveLength(8)
  })

  it('waits for the register to reach the gateway', async () => {
    let asked = 0
    const { deps, photos } = await setUp(() => (++asked <= 3 ? no('unknown-person') : asked <= 5 ? no('no-consent') : yes))
    expect(await ensureEnrolments(deps, plan)).toEqual([])
    expect(photos).toHaveLength(13)
  })

  it('names who was refused and why, and goes on', async () => {
    const { deps } = await setUp((photo) => (photo.endsWith('s1-b.jpg') ? no('poor-quality') : yes))
    expect(await ensureEnrolments(deps, plan)).toEqual(['示例住户 0102: refused: poor-quality'])
  })

  it('fails where nobody could be enrolled, and leaves no photo behind', async () => {
    const { deps, photos } = await setUp(() => no('poor-quality'))
    await expect(ensureEnrolments(deps, plan)).rejects.toMatchObject({ code: 'SIM_DEMO_GATEWAY', details: { command: 'enrol' } })
    expect(photos.filter((photo) => existsSync(photo))).toEqual([])
  })
})

describe('operators of the desk', () => {
  const login = (loginName: string, role: string) => ({ loginName, displayName: `示例 ${loginName}`, password: `password of ${loginName}`, grants: [{ role, estateId: '*' }] })
  const logins = [login('admin', 'admin'), login('manager', 'estate-manager'), login('guard', 'guard'), login('auditor', 'auditor')]
  const setUp = (answer: CliAnswer) => {
    mkdirSync(dataDir, { recursive: true })
    const added: object[] = []
    const cli = {
      addOperator: ({ passwordFile, ...operator }: Parameters<GatewayCli['addOperator']>[0]) => {
        expect(statSync(passwordFile).mode & 0o777).toBe(0o600)
        added.push({ ...operator, password: readFileSync(passwordFile, 'utf8') })
        return Promise.resolve(answer)
      },
    } as unknown as GatewayCli
    return { cli, added }
  }

  it('are the guard and the manager with their own passwords, of which no file stays', async () => {
    const { cli, added } = setUp({ ok: true, answer: {}, text: '' })
    await ensureDeskOperators(cli, logins, dataDir)
    expect(added).toEqual([
      { loginName: 'manager', displayName: '示例 manager', role: 'manager', password: 'password of manager' },
      { loginName: 'guard', displayName: '示例 guard', role: 'guard', password: 'password of guard' },
    ])
    expect(existsSync(join(dataDir, 'desk-password'))).toBe(false)
  })

  it('that are there already stay; anything else is a failure', async () => {
    await ensureDeskOperators(setUp({ ok: false, answer: { code: 'GW_DESK_LOGIN_NAME_TAKEN' }, text: '' }).cli, logins, dataDir)
    await expect(ensureDeskOperators(setUp({ ok: false, answer: { code: 'GW_DESK_PASSWORD_RULE' }, text: '' }).cli, logins, dataDir)).rejects.toMatchObject({ code: 'SIM_DEMO_GATEWAY' })
  })
})
