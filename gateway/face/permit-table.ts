import type { WasmMemory } from './wasm-memory.js'

/** One set of persons under a key: a byte a person slot in the kernel's memory, 1 where compared with. */
export interface Permit {
  readonly address: number
  /** Persons of the set that have templates. */
  readonly size: number
}

export interface PermitTable {
  find(galleryKey: string): Permit | undefined
  /** Replaces a set. `slots` are the persons with templates. */
  replace(galleryKey: string, personRefs: readonly string[], slots: Iterable<readonly [string, number]>): void
  /** A person with templates took a slot: it joins every set that names it. */
  enter(personRef: string, slot: number): void
  leave(slot: number): void
}

interface MutablePermit {
  address: number
  capacity: number
  size: number
  persons: ReadonlySet<string>
}

const CAPACITY_MIN = 1_024

export function createPermitTable(memory: WasmMemory): PermitTable {
  const permits = new Map<string, MutablePermit>()
  let slotsMax = 0

  /** Every set covers every slot, so that the kernel needs no bounds. */
  const cover = (permit: MutablePermit, slot: number): void => {
    if (slot < permit.capacity) return
    const capacity = Math.max(CAPACITY_MIN, 2 ** Math.ceil(Math.log2(slot + 1)))
    const address = memory.allocate(capacity)
    new Uint8Array(memory.buffer, address, permit.capacity).set(new Uint8Array(memory.buffer, permit.address, permit.capacity))
    Object.assign(permit, { address, capacity })
  }
  const mark = (permit: MutablePermit, slot: number, value: 0 | 1): void => {
    cover(permit, slot)
    const cell = new Uint8Array(memory.buffer, permit.address + slot, 1)
    permit.size += value - (cell[0] as number)
    cell[0] = value
  }
  return {
    find: (galleryKey) => permits.get(galleryKey),
    replace(galleryKey, personRefs, slots) {
      const permit = permits.get(galleryKey) ?? { address: 0, capacity: 0, size: 0, persons: new Set<string>() }
      permit.persons = new Set(personRefs)
      permits.set(galleryKey, permit)
      cover(permit, slotsMax)
      for (const [personRef, slot] of slots) mark(permit, slot, permit.persons.has(personRef) ? 1 : 0)
    },
    enter(personRef, slot) {
      slotsMax = Math.max(slotsMax, slot)
      for (const permit of permits.values()) mark(permit, slot, permit.persons.has(personRef) ? 1 : 0)
    },
    leave(slot) {
      for (const permit of permits.values()) mark(permit, slot, 0)
    },
  }
}
