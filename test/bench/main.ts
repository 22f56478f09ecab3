import { cpus } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { benchMatch } from './match.js'

/** A benchmark prints what it measured; it never judges by time. */
interface Bench {
  readonly says: string
  run(options: BenchOptions): Promise<unknown>
}

interface BenchOptions {
  readonly rows: readonly number[]
  readonly rounds: number
}

const BENCHES: Record<string, Bench> = {
  match: {
    says: 'exact best and second-best person among --rows × 512, beside usearch and the read floor',
    run: async ({ rows, rounds }) => {
      const results = []
      for (const count of rows) results.push(await benchMatch(count, rounds))
      return results
    },
  },
}

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1.')
  return value
}

const program = new Command('bench').description('Benchmarks: contenders in turn in one run; quote medians and ratios.')
for (const [name, bench] of Object.entries(BENCHES)) {
  program.command(name).description(bench.says)
    .option('--rows <n...>', 'gallery sizes', (text, before: number[] | undefined) => [...(before ?? []), whole(text)])
    .option('--json', 'one JSON object on the last line').option('--rounds <n>', 'rounds that count', whole, 31)
    .action(async (options: { rows?: number[]; rounds: number; json?: true }) => {
      const results = await bench.run({ rows: options.rows ?? [1_000, 10_000, 100_000], rounds: options.rounds })
      const report = { bench: name, node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, results }
      process.stdout.write(`${options.json === true ? JSON.stringify(report) : JSON.stringify(report, null, 2)}\n`)
    })
}
await program.parseAsync()
