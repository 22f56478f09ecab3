import { describe, expect, it } from 'vitest'
import { checkComponents } from './support/component-check.js'
import { templateNodes, webFiles } from './support/web-sources.js'

const COMPONENT_LINES_MAX = 200

describe('components', () => {
  it('have scripts and templates that the compiler accepts', async () => {
    expect(await checkComponents('server/web')).toEqual([])
  })

  it(`are at most ${COMPONENT_LINES_MAX} lines long`, () => {
    expect(webFiles('.vue').map((file) => [file.path, file.text.split('\n').length - 1] as const).filter(([, lines]) => lines > COMPONENT_LINES_MAX)).toEqual([])
  })

  it('put nothing unescaped into the page and no style into an attribute of the source', () => {
    const found = webFiles('.vue').flatMap((file) => templateNodes(file)
      .filter((node) => (node.type === 7 && node.name === 'html') || (node.type === 6 && node.name === 'style'))
      .map((node) => `${file.path}: ${node.name}`))
    expect(found).toEqual([])
  })

  it('name their marks for tests once: no mark means two things in one component', () => {
    const doubles = webFiles('.vue').flatMap((file) => {
      const marks = templateNodes(file).filter((node) => node.type === 6 && node.name === 'data-test').map((node) => node.value?.content ?? '')
      return marks.filter((mark, index) => marks.indexOf(mark) !== index).map((mark) => `${file.path}: ${mark}`)
    })
    expect(doubles).toEqual([])
  })
})
