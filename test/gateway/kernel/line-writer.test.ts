import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { compiled } from '../../support/compiled.js'

/** A process that writes its log by a line writer; `shell` may put something behind it. */
function run(body: string, shell?: string): ChildProcess {
  const module = pathToFileURL(compiled('gateway/kernel/line-writer.js')).href
  const clock = pathToFileURL(compiled('gateway/kernel/clock.js')).href
  const program = `import { standardOutput } from '${module}'; import { systemClock } from '${clock}'; const log = standardOutput(systemClock, 'warn'); ${body}`
  const command = shell === undefined ? [process.execPath, '--input-type=module', '-e', program] : ['bash', '-c', `"$0" --input-type=module -e "$1" ${shell}`, process.execPath, program]
  const child = spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}
const LINES = 'for (let n = 0; n < 20000; n++) log.write(n + \' \' + \'x\'.repeat(80) + \'\\n\');'

it.each([['a socket', undefined], ['a pipe', '| cat']])('a process that ends leaves every line, in order, behind in %s', async (_, shell) => {
  const child = run(`${LINES} await log.close(); process.exit(0)`, shell)
  const lines = (await text(child.stdout as NodeJS.ReadableStream)).split('\n')
  expect(lines.map((line) => line.split(' ')[0])).toEqual([...Array.from({ length: 20_000 }, (__, n) => String(n)), ''])
})

it('ends although nobody reads its log any more', async () => {
  // Regression: a server whose bench had been killed tried its last line for ever, and no SIGTERM ended it.
  const child = run("process.on('SIGTERM', () => { log.write('stopping\\n'); void log.close().then(() => process.exit(0)) }); setInterval(() => {}, 1000); log.write('ready\\n')")
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  child.stdout?.destroy()
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

it.each([['a socket', undefined], ['a pipe', '| sleep 60']])('goes on while a reader of %s takes nothing, drops what would fill the memory, and ends', async (_, shell) => {
  const child = run(`
    const line = 'y'.repeat(1000) + '\\n'
    for (let n = 0; n < 100000; n++) log.write(line)
    setTimeout(async () => { await log.close(); process.stderr.write(String(process.memoryUsage.rss() / 1e6), () => process.exit(0)) }, 10)`, shell)
  child.stdout?.pause()
  const [rssMb] = await once(child.stderr as NodeJS.ReadableStream, 'data')
  expect(Number(rssMb)).toBeLessThan(150)
})

it('says how many lines were dropped once somebody reads again', async () => {
  const child = run(`
    const line = 'y'.repeat(1000) + '\\n'
    for (let n = 0; n < 10000; n++) log.write(line)
    setTimeout(async () => { await log.close(); process.exit(0) }, 10)`)
  const lines = (await text(child.stdout as NodeJS.ReadableStream)).trim().split('\n')
  const { count, ...last } = JSON.parse(lines.pop() as string) as { count: number }
  expect([lines.length + count, last]).toEqual([10_000, { level: 'warn', time: expect.any(Number), msg: 'log lines were dropped: nobody took them' }])
})
