import type { Gallery } from './gallery.js'
import { withLookAlikes, type MatchResult } from './match.js'
import { NOBODY, createRowSearch } from './nearest-rows.js'
import { createPairTable } from './pair-table.js'
import { createPermitTable } from './permit-table.js'
import { createRowStore } from './row-store.js'
import { createWasmMemory, type WasmMemory } from './wasm-memory.js'

interface Person {
  readonly slot: number
  /** Indexes into the row store. */
  readonly rows: number[]
}

/**
 * A gallery for large estates: exact like a plain scan of every template, at the cost of reading one byte a dimension.
 * Changes write single rows in place. One thread, and nothing waits between a change and a query, so no query sees
 * half a change.
 */
export function createTiledGallery(dimensions: number, memory: WasmMemory = createWasmMemory()): Gallery {
  const store = createRowStore(memory, dimensions)
  const permits = createPermitTable(memory)
  const search = createRowSearch(memory, store, dimensions)
  const lookAlikes = createPairTable()
  const persons = new Map<string, Person>()
  const refs: Array<string | undefined> = [undefined]
  const freeSlots: number[] = []

  const removePerson = (personRef: string): void => {
    const person = persons.get(personRef)
    if (person === undefined) return
    // From the last row down, so that a row that moves into a hole is never one that is still to go.
    for (const row of person.rows.toSorted((a, b) => b - a)) {
      const last = store.rowCount() - 1
      const mover = store.remove(row)
      if (mover === NOBODY) continue
      const { rows } = persons.get(refs[mover] as string) as Person
      rows[rows.indexOf(last)] = row
    }
    persons.delete(personRef)
    lookAlikes.replace(personRef, [])
    permits.leave(person.slot)
    refs[person.slot] = undefined
    freeSlots.push(person.slot)
  }
  const bestOf = ({ rows }: Person, scoreOf: (row: number) => number): number => clamp(Math.max(...rows.map(scoreOf)))

  return {
    setPerson(personRef, embeddings, others = []) {
      // Copied first: the caller's arrays may be the very ones that are overwritten.
      const copies = embeddings.map((embedding) => Float32Array.from(embedding))
      removePerson(personRef)
      if (copies.length === 0) return
      const slot = freeSlots.pop() ?? refs.length
      refs[slot] = personRef
      persons.set(personRef, { slot, rows: copies.map((embedding) => store.append(embedding, slot)) })
      lookAlikes.replace(personRef, others)
      permits.enter(personRef, slot)
    },
    removePerson,
    permit(galleryKey, personRefs) {
      permits.replace(galleryKey, personRefs, [...persons].map(([ref, { slot }]) => [ref, slot] as const))
    },
    match(galleryKey, embedding): MatchResult {
      const permit = permits.find(galleryKey)
      if (permit === undefined || permit.size === 0) return { gallerySize: 0, personRef: null, score: null, margin: null }
      const [first, second] = search.nearestPersons(embedding, permit.address)
      if (first === undefined) throw new Error('no candidate in a set that is not empty')
      const score = clamp(first.score)
      const personRef = refs[first.person] as string
      const found = { gallerySize: permit.size, personRef, score, margin: second === undefined ? 2 : score - clamp(second.score) }
      const rivals = [...lookAlikes.of(personRef)].flatMap((ref) => persons.get(ref) ?? [])
      return rivals.length === 0 ? found : withLookAlikes(found, rivals.map((rival) => bestOf(rival, search.scorerOf(embedding))))
    },
    resembling(embedding, atLeast) {
      const scoreOf = search.scorerOf(embedding)
      return [...persons].flatMap(([personRef, person]) => {
        const score = bestOf(person, scoreOf)
        return score >= atLeast ? [{ personRef, score }] : []
      })
    },
    size: () => persons.size,
  }
}

/** Float rounding may carry a cosine a hair out of −1 to 1. */
const clamp = (cosine: number): number => Math.max(-1, Math.min(1, cosine))
