import { computed, reactive, shallowRef } from 'vue'
import type { Api } from '../../kit/api/api.js'
import { OPENING_FIGURES, type OpeningDifference, type OpeningPreview, type OpeningSums, type OpeningWish } from '../../kit/api/opening-api.js'
import { useAction } from '../../kit/use-action.js'
import { fenOf } from '../parts/yuan.js'

const BYTES_PER_PIECE = 32_768

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let from = 0; from < bytes.length; from += BYTES_PER_PIECE) text += String.fromCharCode(...bytes.subarray(from, from + BYTES_PER_PIECE))
  return btoa(text)
}

/** A list of balances on its way to its signature. Totals stay as they were typed until they are sent. */
export function useOpening(api: Pick<Api, 'previewOpening' | 'proposeOpening'>, estateId: () => string) {
  const file = shallowRef<File>()
  const preview = shallowRef<OpeningPreview>()
  const typed = reactive({ 'asOfDate': '', 'households': '', 'rent': '', 'late-charge': '', 'prepaid': '', 'deposit': '', 'heldOf': '', 'held': '' })
  const notes = reactive<Partial<Record<OpeningDifference['name'], string>>>({})
  const { busy, failure, run } = useAction()

  const numberOf = (name: (typeof OPENING_FIGURES)[number] | 'held'): number | undefined => {
    const text = String(typed[name]).trim()
    if (name === 'households') return /^\d{1,6}$/.test(text) ? Number(text) : undefined
    return text === '' ? 0 : fenOf(text)
  }
  const isReady = computed(() => file.value !== undefined && typed.asOfDate !== '' && [...OPENING_FIGURES, 'held' as const].every((name) => numberOf(name) !== undefined)
    && (numberOf('held') === 0 || typed.heldOf.trim() !== ''))
  const unexplained = computed(() => preview.value?.differences.filter((each) => each.difference !== 0 && (notes[each.name]?.trim() ?? '') === '') ?? [])
  const mayPropose = computed(() => preview.value !== undefined && preview.value.errorCount === 0 && preview.value.households.length > 0 && unexplained.value.length === 0)

  async function wish(workbook: File): Promise<OpeningWish> {
    const fen = numberOf('held') ?? 0
    return {
      estateId: estateId(), asOfDate: typed.asOfDate, workbook: await base64Of(workbook), notes: { ...notes },
      control: Object.fromEntries(OPENING_FIGURES.map((name) => [name, numberOf(name) ?? 0])) as unknown as OpeningSums,
      held: fen === 0 ? [] : [{ account: 'bank', of: typed.heldOf.trim(), fen }],
    }
  }
  return {
    file, typed, notes, preview, busy, failure, isReady, mayPropose,
    choose(chosen: File | undefined): void {
      file.value = chosen
      preview.value = undefined
    },
    look: (): Promise<boolean> => run(async () => {
      if (file.value !== undefined && isReady.value) preview.value = await api.previewOpening(await wish(file.value))
    }),
    propose: (): Promise<boolean> => run(async () => {
      if (file.value === undefined || preview.value === undefined) return
      await api.proposeOpening({ ...await wish(file.value), digest: preview.value.digest })
      preview.value = undefined
    }),
  }
}
