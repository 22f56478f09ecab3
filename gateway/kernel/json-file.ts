import { readFileSync, statSync } from 'node:fs'
import { type Result, err, ok } from './result.js'

/** A configuration is a page or two: anything larger is another file, and is not read. */
const FILE_BYTES_MAX = 1_048_576

/** Why a file is no JSON, in words that go on after its name. */
export interface JsonProblem {
  readonly problem: string
  readonly cause: unknown
}

/** The value in a small JSON file, of whatever shape. */
export function readJsonFile(file: string): Result<unknown, JsonProblem> {
  try {
    if (statSync(file).size > FILE_BYTES_MAX) throw new RangeError('is larger than 1 MB')
    return ok(JSON.parse(readFileSync(file, 'utf8')) as unknown)
  } catch (cause) {
    const problem = cause instanceof SyntaxError ? `is not JSON: ${cause.message}` : cause instanceof RangeError ? cause.message : 'cannot be read'
    return err({ problem, cause })
  }
}

/** What `walk` makes of a value; a problem where that is nested so deeply that nothing can walk through it. */
export function walkJson<T>(walk: () => T): Result<T, JsonProblem> {
  try {
    return ok(walk())
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    return err({ problem: 'is nested too deeply', cause })
  }
}
