import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { migrate } from '../../server/db/migrate.js'
import { packageRoot } from '../../server/package-root.js'
import { FILES, type LegTruth, writeDay } from './reconcile/day.js'
import { round } from './timing.js'

interface Step {
  readonly ms: number
  readonly cpuMs: number
  readonly rssMiB: number
}
interface ServerRun {
  readonly steps: Readonly<Record<string, Step>>
  readonly longestPauseMs: number
  readonly findings: readonly unknown[]
  readonly gapFen: ReadonlyArray<number | null>
  readonly sameAgain: boolean | null
}
type Classes = Readonly<Record<string, readonly string[]>>
interface ReadBack {
  readonly legs: { readonly 1: Classes; readonly 2: Classes }
  readonly rows: number
  readonly fundRows: number
  readonly states: readonly string[]
}

const TARGETS: Readonly<Record<number, { ms: number; rssMiB: number }>> = { 20_000: { ms: 2_000, rssMiB: 300 }, 1_000_000: { ms: 20_000, rssMiB: 300 } }
/** Of payments beside orders: classes that explain themselves. */
const SETTLED = ['CROSS_DAY', 'MATCHED_NEXT_DAY']

async function inProcess<T>(script: string, args: readonly string[]): Promise<T> {
  const path = fileURLToPath(new URL(`./reconcile/${script}.js`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args], { maxBuffer: 256 * 2 ** 20 })
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as T
}

/** Truth and cases side by side. @param settled classes that need not be told */
export function judge(truth: LegTruth, classes: Classes, settled: readonly string[] = []) {
  const found = new Map(Object.entries(classes).filter(([code]) => !settled.includes(code)).map(([code, references]) => [code, new Set(references)]))
  const named = new Set([...found.values()].flatMap((references) => [...references]))
  const wrong = Object.entries(truth.faults).flatMap(([code, references]) => references.map((reference) => ({ code, reference })))
  const expected = new Map(Object.entries(truth.faults).map(([code, references]) => [code, new Set(references)]))
  // An order under another number is told with the channel's number; nothing else is.
  const needless = [...found].flatMap(([code, references]) => [...references].filter((reference) => expected.get(code)?.has(reference) !== true))
  return {
    faults: wrong.length,
    /** Told by the right class. */
    foundRightly: wrong.filter(({ code, reference }) => found.get(code)?.has(reference) === true).length,
    /** Taken for the same although something is wrong. */
    falseMatches: wrong.filter(({ reference }) => !named.has(reference)).length,
    needless: needless.length,
    autoMatchPercent: round(((truth.matchable - new Set(needless).size) / truth.matchable) * 100),
  }
}
/** Cases of orders beside the trade bill, and of the trade bill beside fund bill and bank. */
export const judgeTrade = (truth: LegTruth, classes: Classes) => judge(truth, classes, SETTLED)

const counts = (classes: Classes): Record<string, number> => Object.fromEntries(Object.entries(classes).map(([code, references]) => [code, references.length]))
const sumOf = (steps: readonly Step[], of: 'ms' | 'cpuMs'): number => steps.reduce((sum, one) => sum + one[of], 0)
const rounded = ({ ms, cpuMs, rssMiB }: Step): Step => ({ ms: round(ms), cpuMs: round(cpuMs), rssMiB: round(rssMiB) })

/**
 * A made-up day by the server's own path, read back by another process, beside a plain join in SQL over the same data.
 * @param options.fund with its fund bill and the bank's credits, or the trade bill alone
 */
export async function benchReconcile(options: { rows: number; seed: number; again: boolean; fund: boolean }): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-reconcile-'))
  const databaseFile = join(folder, 'server.db')
  const url = `file:${databaseFile}`
  const billFile = join(folder, FILES.trade)
  try {
    const ids = createIdSource({ clock: systemClock, random: systemRandom })
    await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock: systemClock, ids })
    const truth = await writeDay({ rows: options.rows, seed: options.seed, folder, databaseFile })
    const sizes = await Promise.all([billFile, join(folder, FILES.fund)].map(async (path) => round((await stat(path)).size / 2 ** 20)))
    const join1 = await inProcess<{ totalMs: number; loadedMs: number; cpuMs: number; rssMiB: number; classes: object }>('sql-join', [databaseFile, billFile, join(folder, 'scratch.db')])
    const { steps, longestPauseMs, findings, gapFen, sameAgain } =
      await inProcess<ServerRun>('server-run', [url, folder, ...(options.fund ? ['fund'] : []), ...(options.again ? ['again'] : [])])
    const back = await inProcess<ReadBack>('read-back', [url])
    const all = Object.values(steps)
    const totalMs = sumOf(all, 'ms')
    return {
      rows: truth.rows, ...(options.fund ? { fundRows: truth.fundRows } : {}), filesMiB: options.fund ? sizes : sizes.slice(0, 1), targets: TARGETS[options.rows] ?? null,
      server: {
        ms: round(totalMs), cpuMs: round(sumOf(all, 'cpuMs')), rssMiB: round(all.at(-1)?.rssMiB ?? 0), rowsPerSecond: Math.round(truth.rows / (totalMs / 1_000)), longestPauseMs: round(longestPauseMs),
        steps: Object.fromEntries(Object.entries(steps).map(([name, one]) => [name, rounded(one)])), findings, gapFen, ...(options.again ? { sameAgain } : {}),
      },
      readBack: { rows: back.rows, fundRows: back.fundRows, states: back.states, cases: { trade: counts(back.legs[1]), fund: counts(back.legs[2]) } },
      judged: { trade: judgeTrade(truth.trade, back.legs[1]), ...(options.fund ? { fund: judge(truth.fund, back.legs[2]) } : {}) },
      plainJoin: {
        ms: round(join1.totalMs), loadMs: round(join1.loadedMs), cpuMs: round(join1.cpuMs), rssMiB: round(join1.rssMiB), classes: join1.classes,
        serverToPlain: round((steps['trade']?.ms ?? Number.NaN) / join1.totalMs),
      },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
