import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { type OneTimeFiles, createOneTimeFiles } from '../../../gateway/device/one-time-files.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

async function opened(): Promise<{ files: OneTimeFiles; clock: ReturnType<typeof createVirtualClock>; origin: string; log: ReturnType<typeof createRecordingLog> }> {
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const files = createOneTimeFiles({ host: '127.0.0.1', port: 0, tls: null, clock, random: seededRandom(1), log })
  const { port } = await files.start()
  onTestFinished(() => files.stop())
  return { files, clock, log, origin: `http://127.0.0.1:${port}` }
}
const BYTES = Buffer.from('a photo')
const offer = { bytes: BYTES, contentType: 'image/jpeg', usesMax: 1, ttlMs: 60_000 }
const got = async (url: string, init: RequestInit = {}) => {
  const answer = await fetch(url, init)
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
}
const NOTHING = { status: 404, type: null, text: '' }

describe('one-time files', () => {
  it('a file is fetched once under an address that nobody can guess, and is told to be kept nowhere', async () => {
    const { files, origin } = await opened()
    const url = files.offer(offer)
    expect(url).toMatch(new RegExp(`^${origin}/f/[A-Za-z0-9_-]{22}$`))
    const answer = await fetch(url)
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('content-length'), await answer.text()]).toEqual([200, 'no-store', '7', 'a photo'])
    expect(await got(url)).toEqual(NOTHING)
    expect(files.offer(offer)).not.toBe(url)
  })

  it.each<[string, (url: string, origin: string) => [string, RequestInit?]]>([
    ['another address', (_url, origin) => [`${origin}/f/${'A'.repeat(22)}`]],
    ['a path beside it', (url) => [`${url}/x`]],
    ['the root', (_url, origin) => [`${origin}/`]],
    ['another method', (url) => [url, { method: 'POST', body: 'x' }]],
    ['a look at the head', (url) => [url, { method: 'HEAD' }]],
  ])('%s gets the one answer that says nothing, and uses nothing up', async (_, ask) => {
    const { files, origin } = await opened()
    const url = files.offer(offer)
    expect(await got(...ask(url, origin))).toEqual(NOTHING)
    expect((await got(url)).status).toBe(200)
  })

  it('ends by time, and by being withdrawn', async () => {
    const { files, clock } = await opened()
    const [late, withdrawn] = [files.offer(offer), files.offer(offer)]
    files.withdraw(withdrawn)
    files.withdraw('http://elsewhere/f/xxxxxxxxxxxxxxxxxxxxxx')
    expect(await got(withdrawn)).toEqual(NOTHING)
    clock.advance(60_000)
    expect([await got(late), clock.pending()]).toEqual([NOTHING, 0])
  })

  it('for one address of the network alone', async () => {
    const { files } = await opened()
    expect(await got(files.offer({ ...offer, forAddress: '192.168.1.9' }))).toEqual(NOTHING)
    expect((await got(files.offer({ ...offer, forAddress: '127.0.0.1' }))).status).toBe(200)
  })

  it('content is read when it is asked for, no sooner; what is gone by then is gone', async () => {
    const { files } = await opened()
    let reads = 0
    const url = files.offer({ read: async () => (++reads === 1 ? BYTES : undefined), contentType: 'image/jpeg', usesMax: 2, ttlMs: 1_000 })
    expect(reads).toBe(0)
    expect([(await got(url)).text, await got(url), await got(url)]).toEqual(['a photo', NOTHING, NOTHING])
    expect(reads).toBe(2)
  })

  it('a file of the disk', async () => {
    const { files } = await opened()
    const filePath = join(tempDir(), 'firmware.bin')
    writeFileSync(filePath, Buffer.alloc(300_000, 3))
    const answer = await fetch(files.offer({ filePath, contentType: 'application/octet-stream', usesMax: 1, ttlMs: 1_000 }))
    expect([answer.headers.get('content-length'), (await answer.arrayBuffer()).byteLength]).toEqual(['300000', 300_000])
  })

  it('a failure of the source breaks the download off, gives the use back and is logged without the address', async () => {
    const { files, log } = await opened()
    let reads = 0
    const url = files.offer({
      read: async () => {
        if (++reads === 1) throw new Error('disk')
        return BYTES
      },
      contentType: 'image/jpeg', usesMax: 1, ttlMs: 1_000,
    })
    await expect(got(url)).rejects.toThrow()
    expect((await got(url)).text).toBe('a photo')
    expect(log.lines).toHaveLength(1)
    expect(JSON.stringify(log.lines)).not.toContain(url.slice(-22))
  })
})
