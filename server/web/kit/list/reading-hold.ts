import { type Ref, computed, onScopeDispose, reactive, watch } from 'vue'

/** Where the list stands on the screen, as far as reading is concerned. */
export interface ListPlace {
  /** Pixels scrolled inside the list's own box. */
  readonly scrollTop: number
  /** Distance of the list's upper edge from the upper edge of what is visible; negative once scrolled past. */
  readonly top: number
}

/** Up to here a list counts as standing at its head. */
const SCROLLED_PX = 8

export const isScrolledInto = (place: ListPlace): boolean => place.scrollTop > SCROLLED_PX || place.top < -SCROLLED_PX

export interface ReadingHoldDeps {
  readonly place: () => ListPlace | undefined
  /** True while details of a row are open. */
  readonly open: Readonly<Ref<boolean | undefined>>
  /** Stopped by hand. */
  readonly stopped: Readonly<Ref<boolean>>
  readonly onHeld: (held: boolean) => void
}

/**
 * Tells whether somebody is reading, so that nothing may move: the pointer rests on the list, the keyboard is in
 * it, it is scrolled into, its details are open, or it was stopped by hand (WCAG 2.2.2).
 */
export function useReadingHold(deps: ReadingHoldDeps) {
  const marks = reactive({ pointer: false, keyboard: false, scrolled: false })
  const held = computed(() => deps.stopped.value || marks.pointer || marks.keyboard || marks.scrolled || deps.open.value === true)
  // At once: an event between a change and its telling would move the list, or stay waiting.
  watch(held, deps.onHeld, { flush: 'sync' })

  const onScroll = (): void => {
    const place = deps.place()
    marks.scrolled = place !== undefined && isScrolledInto(place)
  }

  return {
    held,
    scrolled: (): boolean => marks.scrolled,
    /** Listens for scrolling on the window, or on the list's own box. */
    listen(target: EventTarget): void {
      target.addEventListener('scroll', onScroll, { passive: true })
      onScopeDispose(() => target.removeEventListener('scroll', onScroll))
    },
    /** Handlers for the list's element. */
    on: {
      // A finger leaves no pointer behind: only a mouse or pen rests on a list.
      pointerenter: (event: PointerEvent): void => { marks.pointer = event.pointerType !== 'touch' },
      pointerleave: (): void => { marks.pointer = false },
      focusin: (event: FocusEvent): void => { marks.keyboard = (event.target as Element).matches(':focus-visible') },
      focusout: (): void => { marks.keyboard = false },
    },
  }
}
