import { type Caller, type Role, covers, scopeOf } from '../auth/roles.js'
import type { NameRight } from './name-rules.js'

/** Rows of one workbook; for more the span must be narrowed. */
export const EXPORT_ROWS_MAX = 100_000

/** Who takes names out of the house: those who answer for an estate's people, and never without a reason. */
const CLEAR_ROLES: readonly Role[] = ['estate-manager', 'admin']

/** Why somebody needs names in clear. A code, so that nothing personal stands in the audit log. */
export const EXPORT_REASONS = ['incident', 'authority-request', 'resident-request', 'inspection'] as const
export type ExportReason = (typeof EXPORT_REASONS)[number]

/** How names of an estate stand in an export: masked unless a reason was given by somebody who may. */
export const exportNameRight = (caller: Caller, estateId: string, reason: ExportReason | undefined): NameRight =>
  reason !== undefined && covers(scopeOf(caller, CLEAR_ROLES), estateId) ? 'clear' : 'masked'

/** True where the caller may have names in clear somewhere. */
export const mayExportNames = (caller: Caller): boolean => scopeOf(caller, CLEAR_ROLES).length > 0
