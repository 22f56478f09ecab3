import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useApp } from './app-context.js'

/** The estate that the address names: every page of a manager is about that one, or about all in scope. */
export function useEstate() {
  const { session } = useApp()
  const route = useRoute()
  const router = useRouter()
  const estates = session.estates
  const estateId = computed(() => {
    const named = route.query['estate']
    return estates.value.some((estate) => estate.estateId === named) ? String(named) : ''
  })
  return {
    estates,
    estateId,
    /** The id where the name is not known. */
    nameOf: (id: string): string => estates.value.find((estate) => estate.estateId === id)?.name ?? id,
    /** True where rows must say which estate they are of. */
    mixed: computed(() => estateId.value === '' && estates.value.length > 1),
    choose(id: string): void {
      const { estate: _estate, gate: _gate, ...rest } = route.query
      void router.push({ query: id === '' ? rest : { ...rest, estate: id } })
    },
  }
}
