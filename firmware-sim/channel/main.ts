#!/usr/bin/env node
import { Command } from 'commander'
import { pino } from 'pino'
import { systemClock } from '#kernel/clock.js'
import { standardOutput } from '#kernel/line-writer.js'
import { systemRandom } from '#kernel/random.js'
import { SMS, openSmsKey } from '../message/message-account.js'
import { openMessageBook } from '../message/message-book.js'
import { type MessageSandbox, createMessageSandbox } from '../message/message-sandbox.js'
import { CHANNEL_FAULTS, createFaultPlan, readRates } from './channel-faults.js'
import { createSandbox } from './sandbox.js'
import { openSandboxKeys } from './sandbox-keys.js'

const FAULTS = Object.entries(CHANNEL_FAULTS).map(([name, meaning]) => `  ${name}: ${meaning}`).join('\n')

const program = new Command('channel-sandbox')
  .description('WeChat Pay and Alipay on this machine: real wire formats, made-up money')
  .requiredOption('--keys <folder>', 'keys of both sides; made at the first start')
  .option('--port <port>', 'loopback port, 0 for any free one', '0')
  .option('--seed <number>', 'decides which orders meet which fault', '1')
  .option('--scale <number>', 'divides all waits of the channels\' schedules', '1')
  .option('--faults <list>', 'fault=rate,fault=rate', '')
  .option('--messages <file>', 'an SMS service beside them on another port; what phones get is shown there at / and kept in this file')
  .addHelpText('after', `\nFaults:\n${FAULTS}\n\nPUT /sandbox/faults/ORDER {"faults":[…]} switches them on for one order or day.`)
  .parse()

const options = program.opts<{ keys: string; port: string; seed: string; scale: string; faults: string; messages?: string }>()
const whole = (name: 'port' | 'seed' | 'scale', min: number, max: number): number => {
  const value = Number(options[name])
  if (!(Number.isInteger(value) && value >= min && value <= max)) program.error(`--${name}: a whole number from ${min} to ${max}`, { exitCode: 2 })
  return value
}
const seed = whole('seed', 0, 2 ** 31)
const faults = createFaultPlan(seed)
const problem = readRates(options.faults, faults)
if (problem !== undefined) program.error(`--faults: ${problem}`, { exitCode: 2 })

const log = pino({ base: null }, standardOutput(systemClock, pino.levels.values['warn'] as number))

/** WeChat's account is not part of it: its secret is nobody's. */
async function openMessages(file: string): Promise<MessageSandbox> {
  const nobodys = (): string => Buffer.from(systemRandom.bytes(16)).toString('hex')
  return createMessageSandbox({
    clock: systemClock, random: systemRandom, aliyun: { id: SMS.accessKeyId, secret: await openSmsKey(options.keys), approved: SMS }, book: openMessageBook(file),
    wechat: { appId: '', secret: nobodys(), callbackToken: nobodys() },
  })
}

/** What the system refuses is said in one line that names the option. */
const orSay = (option: string) => (error: unknown): never => program.error(`${option}: ${(error as Error).message}`, { exitCode: 2 })

const scale = whole('scale', 1, 1_000_000)
const wantedPort = whole('port', 0, 65_535)
const keys = await openSandboxKeys(options.keys, systemClock.wallMs()).catch(orSay('--keys'))
const messages = options.messages === undefined ? undefined : await openMessages(options.messages).catch(orSay('--messages'))
const sandbox = createSandbox({ keys, faults, clock: systemClock, log, seed, scale })
const { port } = await sandbox.start(wantedPort).catch(orSay('--port'))
const messageOrigin = (await messages?.start())?.origin
log.info({ port, ...(messageOrigin === undefined ? {} : { messageOrigin }) }, 'ready')
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void Promise.all([sandbox.stop(), messages?.stop()]).then(() => process.exit(0)))
