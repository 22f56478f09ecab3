import { type Ref, onBeforeUnmount, onMounted } from 'vue'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/**
 * Single keys for a page. Nothing happens where somebody types, with a modifier (but Shift), under an open dialog, or where the reader
 * turned them off (WCAG 2.1.4). @param actions by the key as it is typed: `j`, `A`, `/`
 */
export function useKeys(actions: Readonly<Record<string, () => void>>, on: Readonly<Ref<boolean>>): void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat && !/^[jk]$/.test(event.key)) return
    if (isTyping(event.target) || document.querySelector('[role="dialog"]:not([aria-hidden="true"]) :focus') !== null) return
    const action = actions[event.key]
    if (action === undefined || (!on.value && event.key !== '?')) return
    event.preventDefault()
    action()
  }
  onMounted(() => document.addEventListener('keydown', onKey))
  onBeforeUnmount(() => document.removeEventListener('keydown', onKey))
}
