import { describe, expect, it } from 'vitest'
import { COMMAND_REFUSALS } from '#contract/device-messages.js'
import { REFUSAL_REASONS } from '#contract/passage-record.js'
import { createI18n } from 'vue-i18n'
import { en as staffEn } from '../../../server/web/kit/words/en.js'
import { zhCn as staffZhCn } from '../../../server/web/kit/words/zh-cn.js'
import { residentEn } from '../../../server/web/resident/words/en.js'
import { residentZhCn } from '../../../server/web/resident/words/zh-cn.js'
import { NODE, templateNodes, webFiles, withoutComments } from './support/web-sources.js'

interface Tree { readonly [key: string]: string | Tree }
const flat = (tree: Tree, prefix = ''): Array<[string, string]> =>
  Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[`${prefix}${key}`, value] as [string, string]] : flat(value, `${prefix}${key}.`)))

/** Of staff and of residents. */
const zhCn = { ...staffZhCn, ...residentZhCn }
const en = { ...staffEn, ...residentEn }
const chinese = new Map(flat(zhCn))
const english = new Map(flat(en))
const placeholders = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string))].sort()

/** The maker of word books without the types of one: here they come from a list. */
type MakeBook = (options: object) => { global: { t(key: string, values: object, plural: number): string } }

describe('words', () => {
  it('exist in both languages under the same keys', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('take the same values in both languages; English may leave the count out of its singular', () => {
    const different = [...chinese].flatMap(([key, text]) => {
      const other = placeholders(english.get(key) ?? '')
      return placeholders(text).every((name) => other.includes(name)) && other.every((name) => placeholders(text).includes(name) || name === 'count') ? [] : [key]
    })
    expect(different).toEqual([])
  })

  for (const [locale, words] of [['zh-CN', zhCn], ['en', en]] as const) {
    it(`of ${locale} are all sayable: no value left open, nothing empty`, () => {
      const book = (createI18n as unknown as MakeBook)({ legacy: false, locale, messages: { [locale]: words } })
      const bad = flat(words).flatMap(([key, text]) => [1, 2].flatMap((count) => {
        const said = book.global.t(key, Object.fromEntries(placeholders(text).map((name) => [name, '7'])), count)
        return said === '' || said === key || /[{}|]/.test(said) ? [`${key}: ${said}`] : []
      }))
      expect(bad).toEqual([])
    })
  }

  it('cover every code of the wire that a page shows', () => {
    const missing = [...REFUSAL_REASONS.flatMap((reason) => [`reason.${reason}`, `why.${reason}`]), ...COMMAND_REFUSALS.map((reason) => `command.reason.${reason}`)]
      .filter((key) => !chinese.has(key))
    expect(missing).toEqual([])
  })
})

/** Text literals in source, with what a template literal holds written as a star. */
const literals = (code: string): string[] => [...code.matchAll(/'([^'\n]*)'|`([^`]*)`/g)].map((match) => (match[1] ?? match[2] ?? '').replaceAll(/\$\{[^}]*\}/g, '*'))
const KEY = /^[a-z][A-Za-z]*(\.[\w*-]+)+$/

describe('pages', () => {
  const components = webFiles('.vue')
  const code = webFiles('.ts', '.vue').filter((file) => !/^(kit|resident)\/words\/(zh-cn|en)/.test(file.path))

  it('hold no words of their own: no text in a template', () => {
    const found = components.flatMap((file) => templateNodes(file).flatMap((node) => {
      const text = typeof node.content === 'string' ? node.content : (node.content?.content ?? '')
      if (node.type === NODE.text && /\p{L}/u.test(text)) return [`${file.path}: ${text.trim()}`]
      if (node.type === NODE.attribute && /^(title|alt|placeholder|label|hint|aria-label|aria-description)$/.test(node.name ?? '')) return [`${file.path}: ${node.name}="${node.value?.content}"`]
      if (node.type === NODE.interpolation) {
        return literals(text).filter((literal) => /\p{L}/u.test(literal) && !KEY.test(literal)).map((literal) => `${file.path}: {{ '${literal}' }}`)
      }
      return []
    }))
    expect(found).toEqual([])
  })

  it('hold no Chinese outside the word lists', () => {
    const han = /[\p{Script=Han}，。、；：？！（）《》“”]/u
    expect(code.filter((file) => file.path !== 'kit/words/words.ts' && han.test(withoutComments(file.text))).map((file) => file.path)).toEqual([])
  })

  it('use only keys that exist, and every key is used', () => {
    const areas = new Set(Object.keys(zhCn))
    const used = new Set<string>()
    const unknown: string[] = []
    const use = (file: string, pattern: string): void => {
      const matcher = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`)
      const keys = [...chinese.keys()].filter((key) => matcher.test(key))
      if (keys.length === 0) unknown.push(`${file}: ${pattern}`)
      for (const key of keys) used.add(key)
    }
    for (const file of code) {
      const text = withoutComments(file.text)
      for (const literal of literals(text)) if (KEY.test(literal) && areas.has(literal.split('.')[0] as string)) use(file.path, tree(literal) ? `${literal}.*` : literal)
      for (const match of text.matchAll(/phraseOfCode\('([\w.-]+)'/g)) use(file.path, `${match[1]}.*`)
    }
    expect(unknown).toEqual([])
    expect([...chinese.keys()].filter((key) => !used.has(key))).toEqual([])
  })
})

/** True where a key names a group of words. */
const tree = (key: string): boolean => !key.includes('*') && typeof key.split('.').reduce<string | Tree | undefined>((at, part) => (typeof at === 'object' ? at[part] : undefined), zhCn) === 'object'
