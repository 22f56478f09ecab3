import type { RandomSource } from '#kernel/random.js'
import { readJsonFile, writeJsonFile } from './json-file.js'

export interface Login {
  readonly loginName: string
  readonly displayName: string
  readonly password: string
  readonly grants: ReadonlyArray<{ readonly role: string; readonly estateId: string }>
}

/** Who can log in to the demo, beside the administrator: those of the first estate, and the city's. */
export function exampleLogins(firstEstateId: string, random: RandomSource): Login[] {
  const login = (loginName: string, displayName: string, role: string, estateId: string): Login =>
    ({ loginName, displayName, password: madeUpPassword(random), grants: [{ role, estateId }] })
  return [
    login('manager', '示例小区经理', 'estate-manager', firstEstateId),
    login('guard', '示例值班员', 'guard', firstEstateId),
    login('bureau', '示例市住建局', 'bureau-viewer', '*'),
    login('auditor', '示例审计员', 'auditor', '*'),
    login('maker', '示例会计', 'finance-maker', '*'),
    login('checker', '示例财务复核', 'finance-checker', '*'),
    login('cashier', '示例出纳', 'cashier', firstEstateId),
    login('treasury', '示例国库专管员', 'treasury-officer', '*'),
  ]
}

/** 20 characters of 64, 120 bits. */
export const madeUpPassword = (random: RandomSource): string => Buffer.from(random.bytes(15)).toString('base64url')

export interface LoginFile {
  readonly logins: readonly Login[]
}

export const readLogins = (path: string): readonly Login[] => readJsonFile<LoginFile>(path)?.logins ?? []
export const writeLogins = (path: string, logins: readonly Login[]): void => writeJsonFile(path, { logins } satisfies LoginFile)
