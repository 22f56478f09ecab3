import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { openStream, sealStream } from '../../../gateway/backup/sealed-stream.js'
import { uuid } from '../../support/factories.js'

const PASSPHRASE = '江门 correct horse battery'
const ABOUT = { gatewayId: uuid(1), estateId: 'e1', takenAtMs: 1_000, version: '0.1.0' }
async function* parts(...all: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all
}
async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const part of stream) all.push(part)
  return Buffer.concat(all)
}
const plain = Buffer.alloc(2_500_000, 'a gateway in a file ')
const sealed = (text: Uint8Array = plain): Promise<Buffer> => collect(sealStream(ABOUT, PASSPHRASE, parts(text.subarray(0, 700_001), text.subarray(700_001)), seededRandom(3)))
const opened = async (file: Uint8Array, passphrase = PASSPHRASE): Promise<Buffer> => collect((await openStream(parts(file), passphrase)).plain)

describe('a sealed backup', { timeout: 60_000 }, () => {
  it('comes back as it was, whatever its parts; its header is readable', async () => {
    const file = await sealed()
    const { header, plain: stream } = await openStream(parts(file.subarray(0, 5), file.subarray(5, 1_100_000), file.subarray(1_100_000)), PASSPHRASE)
    expect(header).toMatchObject(ABOUT)
    expect((await collect(stream)).equals(plain)).toBe(true)
    expect(file.includes('a gateway in a file')).toBe(false)
    for (const bytes of [0, 1, 1_048_576, 1_048_577]) expect(await opened(await sealed(plain.subarray(0, bytes)))).toHaveLength(bytes)
  })

  it('opens with its passphrase alone', async () => {
    await expect(opened(await sealed(), `${PASSPHRASE}x`)).rejects.toMatchObject({ code: 'GW_BACKUP_PASSPHRASE' })
  })

  it('is refused where it was changed, cut off anywhere, or is none', async () => {
    const file = await sealed()
    const changed = (at: number): Buffer => {
      const copy = Buffer.from(file)
      copy[at] = (copy[at] ?? 0) ^ 1
      return copy
    }
    const end = file.indexOf(10, 10) + 1
    const frame = 4 + 1_048_576 + 16
    const bad: Array<[Buffer, string]> = [
      [changed(file.length - 1), 'GW_BACKUP_DAMAGED'], [changed(end + frame + 100), 'GW_BACKUP_DAMAGED'], [changed(end + 10), 'GW_BACKUP_PASSPHRASE'],
      [changed(file.indexOf('e1"') + 1), 'GW_BACKUP_PASSPHRASE'], [changed(2), 'GW_BACKUP_DAMAGED'],
      [file.subarray(0, file.length - 1), 'GW_BACKUP_DAMAGED'], [file.subarray(0, end + 2 * frame), 'GW_BACKUP_DAMAGED'], [file.subarray(0, end), 'GW_BACKUP_DAMAGED'],
      [Buffer.concat([file, Buffer.from('x')]), 'GW_BACKUP_DAMAGED'],
      [Buffer.concat([file.subarray(0, end + frame), file.subarray(end + 2 * frame)]), 'GW_BACKUP_DAMAGED'],
      [Buffer.from('no backup at all'), 'GW_BACKUP_DAMAGED'], [Buffer.alloc(0), 'GW_BACKUP_DAMAGED'], [Buffer.from('JMBACKUP1\n{"salt":1}\n'), 'GW_BACKUP_DAMAGED'],
    ]
    for (const [index, [copy, code]] of bad.entries()) await expect(opened(copy), `case ${index}`).rejects.toMatchObject({ code })
  })
})
