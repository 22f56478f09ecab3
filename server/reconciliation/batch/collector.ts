import { createHash } from 'node:crypto'
import type { BulkConnection } from '../../db/bulk-connection.js'
import { CLASS_CODES, type ClassCode } from '../classes.js'
import { type Difference, contentHashOf } from './difference-rules.js'
import { type FoundScope, storeFound } from './found-case-repository.js'

export interface ClassFigures {
  readonly count: number
  readonly riskFen: number
  readonly differenceFen: number
}
export interface CollectedClasses {
  readonly classes: Readonly<Partial<Record<ClassCode, ClassFigures>>>
  /** SHA-256 of all that was found, in order. */
  readonly digest: string
}

/** Stores what a run finds, page by page, and keeps its sums by class. */
export function createCollector(db: BulkConnection, scope: FoundScope): { take(found: readonly Difference[]): void; end(): CollectedClasses } {
  const hash = createHash('sha256')
  const classes = new Map<ClassCode, { count: number; riskFen: number; differenceFen: number }>()
  return {
    take(found) {
      for (const one of found) {
        const sums = classes.get(one.classCode) ?? { count: 0, riskFen: 0, differenceFen: 0 }
        sums.count += 1
        sums.riskFen += one.riskFen
        sums.differenceFen += one.differenceFen
        classes.set(one.classCode, sums)
        hash.update(`${contentHashOf(one)}\n`)
      }
      storeFound(db, scope, found)
    },
    end: () => ({ classes: Object.fromEntries(CLASS_CODES.flatMap((code) => (classes.has(code) ? [[code, classes.get(code)]] : []))), digest: hash.digest('hex') }),
  }
}
