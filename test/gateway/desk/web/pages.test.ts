import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import { ALARM_KINDS } from '#contract/alarm-records.js'
import { COMMAND_REFUSALS, DOOR_MODES, DOOR_MODE_CAUSES } from '#contract/device-messages.js'
import { REGISTER_KINDS } from '#contract/device-records.js'
import { OVERRIDE_REASONS } from '#contract/passage-record.js'
import { deskEn } from '../../../../gateway/desk/web/words/en.js'
import { deskZhCn } from '../../../../gateway/desk/web/words/zh-cn.js'
import { zhCn } from '../../../../server/web/kit/words/zh-cn.js'
import { checkComponents } from '../../../server/web/support/component-check.js'
import { NODE, filesIn, templateNodes, withoutComments } from '../../../server/web/support/web-sources.js'

const DESK = fileURLToPath(new URL('../../../../gateway/desk/web/', import.meta.url))

interface Tree { readonly [key: string]: string | Tree }
const flat = (tree: Tree, prefix = ''): Array<[string, string]> =>
  Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[`${prefix}${key}`, value] as [string, string]] : flat(value, `${prefix}${key}.`)))
const chinese = new Map(flat(deskZhCn))
const english = new Map(flat(deskEn))
const placeholders = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string))].sort()
/** The maker of word books without the types of one. */
type MakeBook = (options: object) => { global: { t(key: string, values: object, plural: number): string } }

describe('words of the desk', () => {
  it('exist in both languages under the same keys, with the same values', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
    expect([...chinese].filter(([key, text]) => placeholders(text).join() !== placeholders(english.get(key) ?? '').join()).map(([key]) => key)).toEqual([])
  })

  for (const [locale, words] of [['zh-CN', deskZhCn], ['en', deskEn]] as const) {
    it(`of ${locale} are all sayable`, () => {
      const book = (createI18n as unknown as MakeBook)({ legacy: false, locale, messages: { [locale]: words } })
      expect(flat(words).filter(([key, text]) => {
        const said = book.global.t(key, Object.fromEntries(placeholders(text).map((name) => [name, '7'])), 2)
        return said === '' || said === key || /[{}|]/.test(said)
      })).toEqual([])
    })
  }

  it('take the place of no word of the kit', () => {
    expect(Object.keys(deskZhCn).filter((area) => Object.hasOwn(zhCn, area))).toEqual([])
  })

  it('cover every code of the wire that the desk shows', () => {
    const keys = [
      ...ALARM_KINDS.map((kind) => `alarm.kind.${kind}`), ...OVERRIDE_REASONS.map((reason) => `override.${reason}`), ...COMMAND_REFUSALS.map((reason) => `desk.open.because.${reason}`),
      ...DOOR_MODES.flatMap((mode) => [`gateAct.mode.${mode}`, `desk.mode.what.${mode}`]), ...DOOR_MODE_CAUSES.map((cause) => `gateAct.modeCause.${cause}`),
      ...REGISTER_KINDS.map((kind) => `desk.devices.kind.${kind}`),
    ]
    const kit = new Set(flat(zhCn).map(([key]) => key))
    expect(keys.filter((key) => !chinese.has(key) && !kit.has(key))).toEqual([])
  })

  it('are all used, and no other is asked for', () => {
    const all = [...chinese.keys(), ...flat(zhCn).map(([key]) => key)]
    const used = new Set<string>()
    const unknown: string[] = []
    for (const file of filesIn(DESK, '.ts', '.vue').filter(({ path }) => !path.startsWith('words/'))) {
      const text = withoutComments(file.text)
      const asked = [...text.matchAll(/(?:say|phrase|phraseOfCode)\(\s*(?:[^'`()]*\?\s*)?['`]([a-z][\w.${}-]*)['`]/gi)].map((match) => match[1] as string)
      const named = [...text.matchAll(/'([a-z]\w*(?:\.[\w-]+)+)'|`([a-z]\w*(?:\.[\w-]+)*\.\$\{[^}]+\}(?:\.[\w-]+)*)`/g)].map((match) => match[1] ?? match[2] ?? '')
      for (const key of [...asked, ...named]) {
        const matcher = new RegExp(`^${key.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[^.]+')}(\\.[^.]+)?$`)
        const hits = all.filter((each) => matcher.test(each))
        if (hits.length === 0 && (Object.hasOwn(deskZhCn, key.split('.')[0] as string) || Object.hasOwn(zhCn, key.split('.')[0] as string))) unknown.push(`${file.path}: ${key}`)
        for (const hit of hits) used.add(hit)
      }
    }
    expect(unknown).toEqual([])
    expect([...chinese.keys()].filter((key) => !used.has(key))).toEqual([])
  })
})

describe('components of the desk', () => {
  it('have scripts and templates that the compiler accepts', async () => {
    expect(await checkComponents('gateway/desk/web', 'server/web/kit')).toEqual([])
  })

  it('hold no words of their own and nothing unescaped', () => {
    const found = filesIn(DESK, '.vue').flatMap((file) => templateNodes(file).flatMap((node) => {
      const text = typeof node.content === 'string' ? node.content : ''
      if (node.type === NODE.text && /\p{L}/u.test(text)) return [`${file.path}: ${text.trim()}`]
      if (node.type === NODE.attribute && /^(title|alt|placeholder|aria-label|style)$/.test(node.name ?? '')) return [`${file.path}: ${node.name}="${node.value?.content}"`]
      return node.type === NODE.directive && node.name === 'html' ? [`${file.path}: v-html`] : []
    }))
    expect(found).toEqual([])
    const han = /[\p{Script=Han}]/u
    expect(filesIn(DESK, '.ts', '.vue').filter(({ path, text }) => !path.startsWith('words/') && han.test(withoutComments(text))).map(({ path }) => path)).toEqual([])
  })
})
