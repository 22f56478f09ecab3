import { effectScope, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { type ListPlace, isScrolledInto, useReadingHold } from '../../../server/web/kit/list/reading-hold.js'

function hold() {
  const said: boolean[] = []
  const open = ref(false)
  const stopped = ref(false)
  const place: { now: ListPlace } = { now: { scrollTop: 0, top: 100 } }
  const scope = effectScope()
  const target = new EventTarget()
  const reading = scope.run(() => {
    const made = useReadingHold({ place: () => place.now, open, stopped, onHeld: (held) => said.push(held) })
    made.listen(target)
    return made
  }) as ReturnType<typeof useReadingHold>
  const pointer = (type: string) => reading.on.pointerenter({ pointerType: type } as PointerEvent)
  const focus = (visible: boolean) => reading.on.focusin({ target: { matches: () => visible } } as unknown as FocusEvent)
  return { said, open, stopped, place, scope, target, reading, pointer, focus }
}

describe('a list holds still', () => {
  it('while a mouse rests on it, not after a touch', () => {
    const { reading, pointer } = hold()
    pointer('touch')
    expect(reading.held.value).toBe(false)
    pointer('mouse')
    expect(reading.held.value).toBe(true)
    reading.on.pointerleave()
    expect(reading.held.value).toBe(false)
  })

  it('while the keyboard is in it, not when a click left the focus there', () => {
    const { reading, focus } = hold()
    focus(false)
    expect(reading.held.value).toBe(false)
    focus(true)
    expect(reading.held.value).toBe(true)
    reading.on.focusout()
    expect(reading.held.value).toBe(false)
  })

  it('while it is scrolled into, with the page or in its own box', () => {
    const { reading, place, target } = hold()
    place.now = { scrollTop: 0, top: -40 }
    target.dispatchEvent(new Event('scroll'))
    expect([reading.held.value, reading.scrolled()]).toEqual([true, true])
    place.now = { scrollTop: 0, top: 3 }
    target.dispatchEvent(new Event('scroll'))
    expect(reading.held.value).toBe(false)
    expect(isScrolledInto({ scrollTop: 30, top: 0 })).toBe(true)
  })

  it('while details are open and while it is stopped by hand, and tells its owner at once', () => {
    const { said, open, stopped } = hold()
    open.value = true
    stopped.value = true
    open.value = false
    stopped.value = false
    expect(said).toEqual([true, false])
  })

  it('listens no more once its component is gone', () => {
    const { scope, target, place, reading } = hold()
    scope.stop()
    place.now = { scrollTop: 90, top: 0 }
    target.dispatchEvent(new Event('scroll'))
    expect(reading.scrolled()).toBe(false)
  })
})
