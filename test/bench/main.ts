import { Command, InvalidArgumentError } from 'commander'
import { runInOwnGroup } from '../support/own-group.js'
import { machineNow } from './machine.js'

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1.')
  return value
}
const count = (text: string): number => (text === '0' ? 0 : whole(text))
const wholes = (text: string, before: number[] | undefined): number[] => [...(before ?? []), whole(text)]

/** Runs one benchmark and prints what it measured; it never judges by time. Not read before it is wanted: each needs its own parts. */
async function report(name: string, json: boolean, run: () => Promise<unknown>): Promise<void> {
  const before = machineNow()
  const results = await run()
  const text = { bench: name, ...before, load1After: machineNow().load1, results }
  process.stdout.write(`${json ? JSON.stringify(text) : JSON.stringify(text, null, 2)}\n`)
}

const program = new Command('bench').description('Benchmarks: contenders in turn in one run; quote medians and ratios.')
const bench = (name: string, says: string): Command => program.command(name).description(says).option('--json', 'one JSON object on the last line')

bench('match', 'exact best and second-best person among --rows × 512, beside usearch and the read floor')
  .option('--rows <n...>', 'gallery sizes', wholes).option('--rounds <n>', 'rounds that count', whole, 31)
  .action(async ({ rows = [1_000, 10_000, 100_000, 1_000_000], rounds, json = false }: { rows?: number[]; rounds: number; json?: boolean }) => report('match', json, async () => {
    const { benchMatches } = await import('./match.js')
    return benchMatches(rows, rounds)
  }))

bench('face', 'one frame from its bytes to a person, beside a plain chain, OpenCV, human on tfjs-wasm and the bound of the machine')
  .option('--rounds <n>', 'rounds that count', whole, 15).option('--no-peers', 'without OpenCV and human')
  .action(async ({ json = false, ...options }: { rounds: number; peers: boolean; json?: boolean }) => report('face', json, async () => {
    const { benchFace } = await import('./face.js')
    return benchFace(options)
  }))

bench('gate', 'a frame published by a camera to the unlock command at its controller, through a real gateway process')
  .option('--cameras <n...>', 'cameras at 5 frames a second each', wholes).option('--seconds <n>', 'for each number of cameras', whole, 60)
  .option('--workers <n>', 'face workers of the gateway', whole, 1).option('--persons <n>', 'synthetic persons in the gallery', whole, 10_000)
  .option('--remote <n>', 'face workers in processes of their own, which look at all cameras in its place', count, 0)
  .action(async ({ cameras = [1, 4, 10], json = false, ...options }: { cameras?: number[]; seconds: number; workers: number; persons: number; remote: number; json?: boolean }) =>
    report('gate', json, async () => {
      const { benchGate } = await import('./gate.js')
      return benchGate({ cameras, ...options })
    }))

bench('memory', 'resident memory of a real gateway with a full gallery, at rest and over many frames')
  .option('--persons <n>', 'persons with three templates each', whole, 10_000).option('--frames <n>', 'frames shown, one after the other', whole, 20_000)
  .option('--workers <n>', 'face workers of the gateway', whole, 1)
  .action(async ({ json = false, ...options }: { persons: number; frames: number; workers: number; json?: boolean }) => report('memory', json, async () => {
    const { benchMemory } = await import('./memory.js')
    return benchMemory(options)
  }))

bench('access-log', 'the first page of every combination of filters among --rows passages on SQLite, and what storing one costs')
  .option('--rows <n>', 'passages', whole, 1_000_000).option('--rounds <n>', 'times each query is asked', whole, 3)
  .action(async ({ json = false, ...options }: { rows: number; rounds: number; json?: boolean }) => report('access-log', json, async () => {
    const { benchAccessLog } = await import('./access-log.js')
    return benchAccessLog(options)
  }))

bench('billing', 'a month of bills for --households on SQLite: previewed, issued and posted, then proved by the books')
  .option('--households <n>', 'households of one estate', whole, 20_000)
  .action(async ({ json = false, ...options }: { households: number; json?: boolean }) => report('billing', json, async () => {
    const { benchBilling } = await import('./billing.js')
    return benchBilling(options)
  }))

bench('pay', 'notifies of payments verified, decrypted, posted and committed to SQLite, beside the cost of the signature and of the disk')
  .option('--notifies <n>', 'payments of as many bills', whole, 6_000).option('--in-flight <n>', 'under way at once', whole, 128)
  .action(async ({ json = false, ...options }: { notifies: number; inFlight: number; json?: boolean }) => report('pay', json, async () => {
    const { benchPay } = await import('./pay.js')
    return benchPay(options)
  }))

bench('reconcile', 'a day of --rows in a channel\'s trade bill, its fund bill and settlement, by the server\'s own path into committed cases, read back by another process, beside a plain join in SQL')
  .option('--rows <n>', 'lines of the bill', whole, 20_000).option('--seed <n>', 'another seed gives another day', whole, 20_261_123)
  .option('--again', 'matched a second time, which must give the same to the byte', false).option('--no-fund', 'the trade bill alone')
  .action(async ({ json = false, ...options }: { rows: number; seed: number; again: boolean; fund: boolean; json?: boolean }) => report('reconcile', json, async () => {
    const { benchReconcile } = await import('./reconcile.js')
    return benchReconcile(options)
  }))

bench('verify', 'proves a log of --rows passages record by record, then finds one that was changed')
  .option('--rows <n>', 'records', whole, 1_000_000)
  .action(async ({ rows, json = false }: { rows: number; json?: boolean }) => report('verify', json, async () => {
    const { benchVerify } = await import('./verify.js')
    return benchVerify(rows)
  }))

bench('drain', 'a gateway with --rows undelivered records at a real server: records a second, memory of both, how soon a new event is there, beside bare SQLite')
  .option('--rows <n>', 'records that wait', whole, 1_000_000)
  .action(async ({ rows, json = false }: { rows: number; json?: boolean }) => report('drain', json, async () => {
    const { benchDrain } = await import('./drain.js')
    return benchDrain(rows)
  }))

bench('fuzz', 'damaged pictures through the face engine: outcomes, lost workers, memory')
  .option('--count <n>', 'damaged pictures', whole, 10_000).option('--seed <n>', 'another seed gives other damage', whole, 20_261_123)
  .action(async ({ json = false, ...options }: { count: number; seed: number; json?: boolean }) => report('fuzz', json, async () => {
    const { benchFuzz } = await import('./fuzz.js')
    return benchFuzz(options)
  }))

bench('hostile', 'a device that went bad, at a real gateway process: nine attacks, what another device feels of each (p99 before and during), and what comes of them')
  .option('--seconds <n>', 'each attack, and the quiet before it', whole, 5).option('--rounds <n>', 'of quiet and attack', whole, 2).option('--seed <n>', 'another seed gives other bytes', whole, 20_261_123)
  .option('--attack <name...>', 'these alone')
  .action(async ({ json = false, attack, ...options }: { seconds: number; rounds: number; seed: number; attack?: string[]; json?: boolean }) => report('hostile', json, async () => {
    const { benchHostile } = await import('./hostile.js')
    const { ATTACK_NAMES } = await import('./hostile-attacks.js')
    const unknown = attack?.find((name) => !ATTACK_NAMES.some((known) => known === name))
    if (unknown !== undefined) program.error(`error: option '--attack <name...>' argument '${unknown}' is none of ${ATTACK_NAMES.join(', ')}`)
    return benchHostile({ ...options, attacks: ATTACK_NAMES.filter((name) => attack === undefined || attack.includes(name)) })
  }))

bench('pressure', 'what the others feel (p50 and p99, before and during) of a stopped server, a stopped gateway, browsers and a device that never read')
  .option('--seconds <n>', 'each quiet and each pressed phase', whole, 10).option('--rounds <n>', 'of quiet and pressed', whole, 3)
  .action(async ({ json = false, ...options }: { seconds: number; rounds: number; json?: boolean }) => report('pressure', json, async () => {
    const { benchPressure } = await import('./pressure.js')
    return benchPressure(options)
  }))

bench('soak', 'memory of a real gateway and a real server while passages come at --rate times the normal rate')
  .option('--minutes <n>', 'how long', whole, 30).option('--rate <n>', 'times the rate of one of the demo\'s estates', (text) => whole(text.replace(/x$/, '')), 10)
  .action(async ({ json = false, ...options }: { minutes: number; rate: number; json?: boolean }) => report('soak', json, async () => {
    const { benchSoak } = await import('./soak.js')
    return benchSoak(options)
  }))

await runInOwnGroup()
await program.parseAsync()
