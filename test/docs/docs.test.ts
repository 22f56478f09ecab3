import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GATEWAY_ERRORS } from '../../gateway/errors.js'
import { faceWorkerConfigKeys, gatewayConfigKeys } from '../../gateway/config.js'
import { MESSAGES, MESSAGE_KINDS, type MessageSpec } from '../../gateway/contract/message-table.js'
import { SIM_ERRORS } from '../../firmware-sim/errors.js'
import type { ErrorSpec } from '../../gateway/kernel/app-error.js'
import { MODEL_ERRORS } from '../../models/errors.js'
import { SERVER_ERRORS } from '../../server/errors.js'
import { serverConfigKeys } from '../../server/config.js'
import { ROOT } from '../tidy/source-tree.js'

const README = join(ROOT, 'README.md')

const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

function messageTable(): string {
  return table(['message', 'topic ends in', 'from', 'devices', 'QoS', 'bytes at most', 'kept until acknowledged'], MESSAGE_KINDS.map((kind) => {
    const spec: MessageSpec = MESSAGES[kind]
    return [`\`${kind}\``, `\`${spec.channel}\``, spec.from, spec.devices.join(', '), String(spec.qos), spec.bytesMax.toLocaleString('en'), spec.acknowledged ? 'yes' : '']
  }))
}

const errorTable = (errors: Readonly<Record<string, ErrorSpec>>): string =>
  table(['code', 'meaning'], Object.entries(errors).map(([code, spec]) => [`\`${code}\``, spec.message]))

/** Lists in README that code is the truth of. `UPDATE_DOCS=1 npx vitest run test/docs` writes them anew. */
const BLOCKS: Record<string, () => string> = {
  messages: messageTable,
  'gateway-config': gatewayConfigKeys,
  'face-worker-config': faceWorkerConfigKeys,
  'server-config': serverConfigKeys,
  'gateway-errors': () => errorTable(GATEWAY_ERRORS),
  'server-errors': () => errorTable(SERVER_ERRORS),
  'simulator-errors': () => errorTable(SIM_ERRORS),
  'model-errors': () => errorTable(MODEL_ERRORS),
}

const pattern = (name: string): RegExp => new RegExp(`(<!-- ${name} -->\n)([\\s\\S]*?)(\n<!-- /${name} -->)`)

describe('README', () => {
  if (process.env['UPDATE_DOCS'] === '1') {
    const text = Object.entries(BLOCKS).reduce((now, [name, render]) => now.replace(pattern(name), (_, open: string, _old, close: string) => `${open}${render().trim()}${close}`), readFileSync(README, 'utf8'))
    writeFileSync(README, text)
  }
  const readme = readFileSync(README, 'utf8')

  for (const [name, render] of Object.entries(BLOCKS)) {
    it(`its list "${name}" is what the code says`, () => expect(pattern(name).exec(readme)?.[2]).toBe(render().trim()))
  }

  it('names every npm script that exists, and no other', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    const real = Object.keys(scripts).filter((name) => !name.startsWith('pre'))
    const named = new Set([...readme.matchAll(/npm (?:run ([a-z][a-z:-]*)|(start|test)\b)/g)].map((match) => match[1] ?? match[2] ?? ''))
    expect([...named].filter((name) => !real.includes(name))).toEqual([])
    expect(real.filter((name) => !named.has(name))).toEqual([])
  })

  it('names every folder of gateway and server in its architecture section', () => {
    const section = /## Architecture\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? ''
    for (const folder of ['gateway/contract', 'gateway/kernel', 'gateway/broker', 'gateway/capture', 'gateway/face', 'gateway/face-host', 'gateway/access', 'gateway/device', 'gateway/enrol', 'gateway/store', 'gateway/sync', 'gateway/ops', 'server/web', 'server/sync', 'firmware-sim', 'prisma', 'models', 'test']) {
      expect(section).toContain(`\`${folder}`)
    }
  })
})
