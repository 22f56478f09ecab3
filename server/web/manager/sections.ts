import type { IconName } from '../kit/components/icon-paths.js'

/** Pages of the manager's menu, in its order. */
export const SECTIONS: ReadonlyArray<{ name: string; icon: IconName }> = [
  { name: 'now', icon: 'now' },
  { name: 'log', icon: 'log' },
  { name: 'people', icon: 'people' },
  { name: 'integrity', icon: 'integrity' },
]
