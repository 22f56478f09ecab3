#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { AppError } from '#kernel/app-error.js'
import { isCivilDate } from '../household/civil-date-rules.js'
import { CLASSES, type ClassCode } from './classes.js'
import { FINDINGS, type Finding } from './file/finding.js'
import { BANK_MAPPING } from './file/own-files.js'
import { type ChannelFigures, type OfflineOutcome, reconcileOffline } from './offline.js'
import { yuanText } from '../money/fen.js'

interface ToolOptions {
  readonly wechat: string[]
  readonly alipay: string[]
  readonly orders: string
  readonly refunds?: string
  readonly bank?: string
  readonly date: string
  readonly tradebill?: string
  readonly json?: true
}

/** `0` done, `1` a file cannot be taken in, `2` the command line is not understood. */
const FOUND_EXIT = 1
const USAGE_EXIT = 2

const date = (text: string): string => {
  if (!isCivilDate(text)) throw new InvalidArgumentError('a day as YYYY-MM-DD.')
  return text
}

const sumsOf = (name: string, { payments, gross_fen: gross, refunds, refund_fen: back, fee_fen: fee, net_settlement_fen: net }: ChannelFigures): string =>
  `${name}\t支付 ${payments} 笔 ¥${yuanText(gross)}\t退款 ${refunds} 笔 ¥${yuanText(back)}\t手续费 ¥${yuanText(fee)}\t净结算 ¥${yuanText(net)}`

function textOf(outcome: OfflineOutcome): string {
  const lines = [`对账日 ${outcome.bill_date}`]
  if (outcome.wechat !== undefined) lines.push(sumsOf('微信', outcome.wechat))
  if (outcome.alipay !== undefined) lines.push(sumsOf('支付宝', outcome.alipay))
  for (const [code, references] of Object.entries(outcome.classes) as Array<[ClassCode, ReadonlyArray<string | readonly string[]>]>) {
    const { name, settled, action } = CLASSES[code]
    lines.push(`${settled ? '✓' : '!'} ${name}（${code}）${references.length}${settled ? '' : `：${action}`}`)
    if (!settled) lines.push(...references.map((reference) => `    ${typeof reference === 'string' ? reference : reference.join(' + ')}`))
  }
  return lines.join('\n')
}

/** Hash from the channel's answer to a bill request. */
function hashOf(file: string): string {
  const { hash_value: hash } = JSON.parse(readFileSync(file, 'utf8')) as { hash_value?: unknown }
  if (typeof hash !== 'string' || !/^[0-9a-f]{40}$/i.test(hash)) throw new InvalidArgumentError(`${file}: no hash_value of 40 hex digits.`)
  return hash
}

const program = new Command('reconcile')
  .description('Reconciles one day of channel bills against orders, refunds and the bank, from files alone')
  .option('--wechat <file...>', 'WeChat Pay bills: ALL, SUCCESS, REFUND or fund flow, plain or .gz', [])
  .option('--alipay <file...>', 'Alipay trade bills and account logs (signcustomer): the zip, or the detail CSV out of it', [])
  .requiredOption('--orders <csv>', 'our orders')
  .option('--refunds <csv>', 'our refunds')
  .option('--bank <csv>', 'the bank\'s statement')
  .requiredOption('--date <day>', 'YYYY-MM-DD, Beijing', date)
  .option('--tradebill <json>', 'answer of the bill request: one of the WeChat files must have its hash')
  .option('--json', 'the outcome as JSON')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE_EXIT))

async function main(): Promise<void> {
  const options = program.parse().opts<ToolOptions>()
  if (options.wechat.length + options.alipay.length === 0) program.error('error: --wechat or --alipay: at least one bill is needed, or there is nothing to compare with')
  try {
    const outcome = await reconcileOffline({
      date: options.date, wechat: options.wechat, alipay: options.alipay, orders: options.orders, refunds: options.refunds ?? null, bank: options.bank ?? null,
      bankMapping: BANK_MAPPING,
      sha1: options.tradebill === undefined ? null : hashOf(options.tradebill),
    })
    process.stdout.write(`${options.json === true ? JSON.stringify(outcome, null, 1) : textOf(outcome)}\n`)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const finding = error.details as unknown as Finding
    process.stdout.write(options.json === true ? `${JSON.stringify({ finding }, null, 1)}\n` : '')
    const place = `${finding.file}${finding.line === null ? '' : ` 第 ${finding.line} 行`}${finding.column === null ? '' : `「${finding.column}」`}`
    process.stderr.write(`${place}：${FINDINGS[finding.code]}（${finding.code}）${finding.detail}\n`)
    process.exitCode = FOUND_EXIT
  }
}

await main().catch((error: NodeJS.ErrnoException) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error instanceof InvalidArgumentError ? USAGE_EXIT : FOUND_EXIT
})
