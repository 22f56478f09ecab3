import type { Change, RunChange } from '../audit/change.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { announceHolidays } from '../rule/holiday-announcement.js'
import * as estates from './estate-repository.js'

export interface EstateService {
  list(scope: EstateScope): Promise<estates.EstateRecord[]>
  /** @throws AppError SV_ESTATE_EXISTS */
  create(by: string, estate: estates.EstateRecord): Promise<void>
}

export type EstateRecord = estates.EstateRecord

/** Adds an estate in somebody's own change. @throws AppError SV_ESTATE_EXISTS */
export async function addEstate(change: Change, estate: estates.EstateRecord): Promise<void> {
  if ((await estates.find(change.tx, estate.estateId)) !== null) throw fail('SV_ESTATE_EXISTS', { field: 'estateId' })
  await estates.insert(change.tx, estate, change.atMs)
  await announceHolidays(change, estate.estateId)
  const { estateId, name, district } = estate
  await change.audit({ action: 'estate.create', subject: `estate:${estateId}`, estateId, after: { name, district } })
}

export const createEstateService = (deps: { read: Tx; change: RunChange }): EstateService => ({
  list: (scope) => estates.list(deps.read, scope),
  create: (by, estate) => deps.change(by, (change) => addEstate(change, estate)),
})
