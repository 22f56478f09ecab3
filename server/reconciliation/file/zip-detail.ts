import type { Readable } from 'node:stream'
import { type Entry, type ZipFile, open } from 'yauzl'
import { found } from './finding.js'

const ENTRIES_MAX = 8
/** A day of a million rows is 300 MB. */
const UNZIPPED_BYTES_MAX = 1_073_741_824
/** Bills shrink to a tenth; a bomb to a thousandth. */
const RATIO_MAX = 200
const UTF8_NAME = 0x800

/** Alipay's names are GBK without saying so. */
const nameOf = (entry: Entry): string => new TextDecoder((entry.generalPurposeBitFlag & UTF8_NAME) === 0 ? 'gbk' : 'utf-8').decode(entry.fileName as unknown as Uint8Array)

const openZip = (file: string): Promise<ZipFile> => new Promise((resolve, reject) =>
  open(file, { lazyEntries: true, decodeStrings: false, autoClose: false, validateEntrySizes: true }, (error, zip) => (error === null ? resolve(zip) : reject(error))))

function entriesOf(zip: ZipFile, file: string): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = []
    zip.on('entry', (entry: Entry) => {
      entries.push(entry)
      if (entries.length > ENTRIES_MAX) reject(new RangeError(`more than ${ENTRIES_MAX} files`))
      else zip.readEntry()
    })
    zip.on('end', () => resolve(entries))
    zip.on('error', reject)
    zip.readEntry()
  }).catch((error: unknown) => {
    zip.close()
    return found(error instanceof RangeError ? 'zip-size' : 'zip-damaged', { file }, (error as Error).message)
  }) as Promise<Entry[]>
}

function checkEntry(entry: Entry, name: string, file: string): void {
  // Nothing is ever written by these names; one that leads elsewhere says that this is no bill of Alipay's.
  if (/[\\/:\0]|^\.\.?$/.test(name)) found('zip-name', { file }, JSON.stringify(name))
  if (entry.uncompressedSize > UNZIPPED_BYTES_MAX) found('zip-size', { file }, `${name}: ${entry.uncompressedSize} bytes`)
  if (entry.uncompressedSize > entry.compressedSize * RATIO_MAX + 65_536) found('zip-size', { file }, `${name}: ${entry.compressedSize} bytes become ${entry.uncompressedSize}`)
}

/**
 * The one detail file of a zip, whatever stands before it: its name has `word` and not 汇总.
 * @throws AppError SV_RECON_FILE where the zip is damaged, unsafe, too large, or has no such file or several
 */
export async function detailOf(file: string, word: '业务明细' | '账务明细'): Promise<{ readonly name: string; readonly bytes: Readable }> {
  const zip = await openZip(file).catch((error: unknown) => found('zip-damaged', { file }, (error as Error).message))
  const entries = (await entriesOf(zip, file)).map((entry) => ({ entry, name: nameOf(entry) }))
  try {
    for (const { entry, name } of entries) checkEntry(entry, name, file)
    const details = entries.filter(({ name }) => name.includes(word) && !name.includes('汇总'))
    const [detail] = details
    if (detail === undefined || details.length > 1) return found('zip-content', { file }, entries.map(({ name }) => name).join('、'))
    const bytes = await new Promise<Readable>((resolve, reject) => zip.openReadStream(detail.entry, (error, stream) => (error === null ? resolve(stream) : reject(error))))
    bytes.once('close', () => zip.close())
    return { name: detail.name, bytes }
  } catch (error) {
    zip.close()
    throw error
  }
}
