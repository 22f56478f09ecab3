import { createServer, type Server } from 'node:http'
import { createServer as createTcp, type Server as TcpServer, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock.js'
import { silentLogger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { createFaceSource } from '../../../firmware-sim/frames/face-source.js'
import { GOOD_TERMINAL, type OemProfile, parseOemProfile } from '../../../firmware-sim/oem/oem-faults.js'
import { type SimulatedTerminal, createOemTerminal } from '../../../firmware-sim/oem/oem-terminal.js'
import { createTerminalFlash } from '../../../firmware-sim/oem/terminal-flash.js'
import { until } from '../../flow/support/gateway-rig.js'

const ID = '1306612'
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
const faces = createFaceSource()

describe('a simulated terminal of the mqtt/face family', () => {
  let aedes: Aedes
  let broker: TcpServer
  let photos: Server
  let photoUrl: string
  let terminal: SimulatedTerminal
  const sockets = new Set<Socket>()
  const heard: Array<{ topic: string; body: Record<string, unknown> & { operator: string; info: Record<string, unknown> } }> = []
  const served = new Map<string, Buffer>()

  const start = (change: Partial<OemProfile> = {}): void => {
    terminal = createOemTerminal({
      terminalId: ID, access: { url: `mqtt://127.0.0.1:${(broker.address() as { port: number }).port}`, userName: 'u', password: 'p' },
      profile: { ...GOOD_TERMINAL, personMs: 5, ...change }, flash: createTerminalFlash(null),
      world: { clock: systemClock, random: seededRandom(3), log: silentLogger },
    })
    terminal.start()
  }
  const say = (body: object): void => aedes.publish({ cmd: 'publish', topic: `mqtt/face/${ID}`, payload: Buffer.from(JSON.stringify(body)), qos: 0, retain: false, dup: false }, () => undefined)
  const of = (operator: string) => heard.filter(({ body }) => body.operator === operator)
  const answerTo = async (body: { operator: string; messageId: string }): Promise<(typeof heard)[number]> => {
    say(body)
    await until(() => heard.some((one) => one.body['messageId'] === body.messageId), `an answer to ${body.operator}`)
    return heard.find((one) => one.body['messageId'] === body.messageId) as (typeof heard)[number]
  }
  const edit = (messageId: string, ...info: object[]) => ({ messageId, operator: 'EditPersonsNew', DataBegin: 'BeginFlag', PersonNum: info.length, info, DataEnd: 'EndFlag' })
  const remove = (messageId: string, ...customId: string[]) => ({ messageId, operator: 'DeletePersons', DataBegin: 'BeginFlag', PersonNum: customId.length, info: { customId }, DataEnd: 'EndFlag' })
  const online = () => until(() => of('Online').length > 0 && of('HeartBeat').length > 0, 'Online')

  beforeEach(async () => {
    heard.length = 0
    served.clear()
    aedes = await Aedes.createBroker()
    aedes.on('publish', (packet, client) => {
      if (client !== null) heard.push({ topic: packet.topic, body: JSON.parse(packet.payload.toString()) as (typeof heard)[number]['body'] })
    })
    broker = createTcp((socket) => {
      sockets.add(socket)
      aedes.handle(socket)
    })
    photos = createServer((request, response) => {
      const bytes = served.get(request.url ?? '')
      if (bytes === undefined) return void response.writeHead(404).end()
      response.end(bytes)
    })
    await Promise.all([broker, photos].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))))
    photoUrl = `http://127.0.0.1:${(photos.address() as { port: number }).port}`
  })
  afterEach(async () => {
    await terminal.stop()
    for (const socket of sockets) socket.destroy()
    await Promise.all([broker, photos].map((server) => new Promise((resolve) => server.close(resolve))))
    await new Promise<void>((resolve) => aedes.close(resolve))
  })

  it('says Online and beats; a goodbye leaves no last will, a power cut does', async () => {
    start()
    await online()
    expect(heard.map(({ topic, body }) => [topic, body])).toEqual([
      ['mqtt/face/basic', { operator: 'Online', info: { facesluiceId: ID, username: 'admin', time: TIME, ip: '192.168.1.88', facesname: '单元门' } }],
      ['mqtt/face/heartbeat', { operator: 'HeartBeat', info: { facesluiceId: ID, time: TIME } }],
    ])
    await terminal.stop()
    expect(of('Offline')).toEqual([])
    terminal.start()
    await until(() => of('Online').length === 2, 'Online again')
    terminal.reboot()
    await until(() => of('Offline').length === 1, 'the last will')
    expect(of('Offline')[0]).toEqual({ topic: 'mqtt/face/basic', body: { operator: 'Offline', info: { facesluiceId: ID } } })
  })

  it('takes a batch: fetches photos, names each person\'s result, and answers with its numbers as text', async () => {
    start({ capacity: 2 })
    await online()
    served.set('/a', await faces.photo('s1-a'))
    served.set('/short', Buffer.alloc(10))
    served.set('/long', Buffer.alloc(1_100_000))
    served.set('/noise', Buffer.alloc(5_000, 1))
    const picURI = (path: string) => ({ picURI: `${photoUrl}${path}`, personType: 0 })
    const { topic, body } = await answerTo(edit('m1',
      { customId: 'a', name: 'A', ...picURI('/a') }, { name: 'nobody', ...picURI('/a') }, { customId: 'b', ...picURI('/none') }, { customId: 'c', ...picURI('/short') },
      { customId: 'd', ...picURI('/long') }, { customId: 'e', ...picURI('/noise') }, { customId: 'f', picURI: 'http://no-such-host.invalid/x' }, { customId: 'g' },
      { customId: 'h', isCheckSimilarity: 1, ...picURI('/a') }, { customId: 'i', ...picURI('/a') }, { customId: 'j', ...picURI('/a') }))
    expect(topic).toBe(`mqtt/face/${ID}/Ack`)
    const { AddErrInfo, ...rest } = body.info
    const codes = Object.fromEntries((AddErrInfo as Array<{ customId: string; errcode: string }>).map(({ customId, errcode }) => [customId, errcode]))
    expect({ ...codes, f: ['464', '465'].includes(codes['f'] ?? '') }).toEqual({ '': '461', b: '465', c: '466', d: '467', e: '468', f: true, g: '472', h: '478', j: '474' })
    expect([body['code'], rest]).toEqual(['200', { facesluiceId: ID, AddErrNum: '9', AddSucNum: '2', AddSucInfo: [{ customId: 'a' }, { customId: 'i' }], result: 'ok' }])
    expect(terminal.customIds()).toEqual(['a', 'i'])
  })

  it.each([
    ['no begin', { DataBegin: undefined }, '412'], ['no end', { DataEnd: 'x' }, '413'], ['another number', { PersonNum: 2 }, '417'], ['no list', { info: undefined }, '414'],
  ])('refuses a batch with %s', async (_, change, code) => {
    start()
    await online()
    const { body } = await answerTo({ ...edit('m1', { customId: 'a' }), ...change })
    expect([body['code'], terminal.customIds()]).toEqual([code, []])
  })

  it('one batch at a time: another one is answered 410 meanwhile', async () => {
    start({ personMs: 300 })
    await online()
    served.set('/a', await faces.photo('s1-a'))
    say(edit('slow', { customId: 'a', picURI: `${photoUrl}/a` }))
    expect((await answerTo(remove('quick', 'x'))).body['code']).toBe('410')
    await until(() => heard.some((one) => one.body['messageId'] === 'slow'), 'the first')
    expect(terminal.customIds()).toEqual(['a'])
  })

  it('deletes whom it has and names whom it has not; says whom it holds where its firmware can', async () => {
    start({ textNumbers: false })
    await online()
    served.set('/a', await faces.photo('s1-a'))
    await answerTo(edit('m1', { customId: 'a', picURI: `${photoUrl}/a` }, { customId: 'b', picURI: `${photoUrl}/a` }))
    expect((await answerTo(remove('m2', 'a', 'x'))).body).toEqual({
      messageId: 'm2', operator: 'DeletePersons-Ack', code: 200,
      info: { facesluiceId: ID, DelErrNum: '1', DelSucNum: '1', DelErrInfo: [{ customId: 'x' }], DelSucInfo: [{ customId: 'a' }], result: 'ok' },
    })
    expect((await answerTo({ messageId: 'm3', operator: 'QueryPerson' })).body.info).toMatchObject({ customId: 'b', TotalPersonNum: '1' })
  })

  it('matches by itself, within each person\'s time; pushes a record until it is acknowledged, with a picture, in the old words', async () => {
    start({ oldNames: true })
    await online()
    served.set('/a', await faces.photo('s1-a'))
    served.set('/b', await faces.photo('s1-b'))
    await answerTo(edit('m1',
      { customId: 'a', name: 'A', picURI: `${photoUrl}/a`, tempCardType: 1, cardValidBegin: '2020-01-01 00:00:00', cardValidEnd: '2090-01-01 00:00:00' },
      { customId: 'b', name: 'B', picURI: `${photoUrl}/b`, tempCardType: 1, cardValidBegin: '2020-01-01 00:00:00', cardValidEnd: '2020-01-02 00:00:00' }))
    expect(await terminal.show(await faces.photo('s1-a'))).toEqual({ outcome: 'opened', customId: 'a', recordId: 1 })
    expect(await terminal.show(await faces.photo('s1-b'))).toEqual({ outcome: 'refused', customId: 'b', recordId: 2 })
    expect(await terminal.show(await faces.photo('s6-a'))).toEqual({ outcome: 'stranger', customId: null, recordId: 1 })
    await until(() => of('RecPush').length === 2 && of('StrSnapPush').length === 1, 'the records')
    expect(of('RecPush')[0]).toEqual({
      topic: `mqtt/face/${ID}/Rec`,
      body: {
        operator: 'RecPush',
        info: {
          facesluiceId: ID, time: TIME, isNoMask: '0', PushType: '0', targetPosInScene: [217, 0, 1333, 1080], pic: expect.stringMatching(/^data:image\/jpeg;base64,/),
          customId: 'a', personId: '1', VerifyStatus: '1', PersonType: '0', similarity1: expect.stringMatching(/^\d+\.\d{6}$/), idCard: '', telnum: '',
          persionName: 'A', RecordID: '1', Sendintime: '1',
        },
      },
    })
    expect([of('RecPush')[1]?.body.info['VerifyStatus'], terminal.report().recordsPending]).toEqual(['2', 3])
    for (const [PushAckType, id] of [[2, 1], [2, 2], [1, 1]]) say({ operator: 'PushAck', messageId: 'x', info: { PushAckType, SnapOrRecordID: id } })
    await until(() => terminal.report().recordsPending === 0, 'all acknowledged')
  })

  it('keeps what happened while it was away, and sends it as not of now, one after the other', async () => {
    start()
    await online()
    await terminal.stop()
    await terminal.show(await faces.photo('s6-a'))
    await terminal.show(await faces.photo('s1-a'))
    terminal.start()
    await until(() => of('StrSnapPush').length > 0, 'the first')
    expect(of('StrSnapPush').map(({ body }) => body.info['SnapID'])).toEqual(['1'])
    say({ operator: 'PushAck', messageId: 'x', info: { PushAckType: 1, SnapOrRecordID: '1' } })
    await until(() => of('StrSnapPush').some(({ body }) => body.info['SnapID'] === '2'), 'the second')
  })

  it('a factory reset forgets everybody and counts anew', async () => {
    start()
    await online()
    await terminal.show(await faces.photo('s6-a'))
    terminal.factoryReset()
    expect([terminal.customIds(), (await terminal.show(await faces.photo('s6-a'))).recordId]).toEqual([[], 1])
  })
})

it.each([
  ['old,busy=0.2,person-ms=50', { ok: true, value: { ...GOOD_TERMINAL, oldNames: true, busy: 0.2, personMs: 50 } }],
  ['none', { ok: true, value: GOOD_TERMINAL }],
  ['busy=2', { ok: false, error: 'terminal fault busy: a number from 0 to 1, not "2"' }],
  ['busy', { ok: false, error: expect.stringContaining('terminal fault "busy": one of old, plain-numbers') }],
  ['old=1', { ok: false, error: expect.stringContaining('terminal fault "old=1"') }],
])('faults of terminals: %s', (text, expected) => expect(parseOemProfile(text)).toEqual(expected))
