import { shallowRef } from 'vue'
import type { Api } from '../../kit/api/api.js'
import type { ImportPreview, ImportResult } from '../../kit/api/household-types.js'
import { useAction } from '../../kit/use-action.js'

/** A workbook that is looked at and then taken in. The file stays with the browser between the two. */
export function useImport(api: Pick<Api, 'previewImport' | 'confirmImport'>) {
  const file = shallowRef<File>()
  const preview = shallowRef<ImportPreview>()
  const result = shallowRef<ImportResult>()
  const { busy, failure, run } = useAction()

  function choose(chosen: File | undefined): void {
    file.value = chosen
    preview.value = undefined
    result.value = undefined
    failure.value = undefined
  }
  const look = (): Promise<boolean> => run(async () => {
    if (file.value !== undefined) preview.value = await api.previewImport(file.value)
  })
  const confirm = (): Promise<boolean> => run(async () => {
    if (file.value !== undefined && preview.value !== undefined) result.value = await api.confirmImport(file.value, preview.value.digest)
  })
  return { file, preview, result, busy, failure, choose, look, confirm }
}
