import { effectScope } from 'vue'
import { describe, expect, it } from 'vitest'
import { type Resource, useResource } from '../../../server/web/kit/use-resource.js'
import { deferred, settled } from './support/promises.js'

function rig() {
  const asked: Array<ReturnType<typeof deferred<readonly string[]>>> = []
  const scope = effectScope()
  const resource = scope.run(() => useResource(() => {
    const answer = deferred<readonly string[]>()
    asked.push(answer)
    return answer.promise
  })) as Resource<readonly string[]>
  const answer = async (index: number, value: readonly string[]): Promise<void> => {
    asked[index]?.resolve(value)
    await settled()
  }
  const add = (item: string) => (known: readonly string[]): readonly string[] => [...known.filter((other) => other !== item), item]
  return { asked, scope, resource, answer, add }
}

describe('what is loaded', () => {
  it('keeps news that came while an answer was under way (an alarm raised meanwhile was never shown)', async () => {
    const { resource, answer, add } = rig()
    void resource.load()
    resource.change(add('forced'))
    expect(resource.data.value).toBeUndefined()
    await answer(0, ['fire'])
    expect(resource.data.value).toEqual(['fire', 'forced'])
    resource.change(add('tamper'))
    void resource.load()
    await answer(1, ['fire'])
    expect(resource.data.value, 'told before it was asked: the answer knows it').toEqual(['fire'])
    void resource.load()
    resource.change(() => ['all of it'])
    await answer(2, ['fire'])
    expect(resource.data.value, 'the desk shows a whole board that was told, not an older answer').toEqual(['all of it'])
  })

  it('is loaded once more after the load under way, whose answer is shown meanwhile', async () => {
    const { asked, resource, answer } = rig()
    void resource.load()
    void resource.loadAgain()
    await settled()
    expect(asked).toHaveLength(1)
    await answer(0, ['old'])
    expect([resource.data.value, asked.length]).toEqual([['old'], 2])
    await answer(1, ['new'])
    expect(resource.data.value).toEqual(['new'])
  })

  it('is not asked for by a page that is gone', async () => {
    const { asked, scope, resource, answer } = rig()
    void resource.load()
    void resource.loadAgain()
    scope.stop()
    await answer(0, ['old'])
    expect([asked.length, resource.data.value]).toEqual([1, undefined])
  })
})
