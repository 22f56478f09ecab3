import { type HttpClient, withQuery } from './client.js'
import type {
  Building, HouseholdCard, HouseholdPage, ImportPreview, ImportResult, MemberEntry, MoveEffects, Permit, Seen, Unit,
} from './household-types.js'

export interface HouseholdQuery {
  readonly estateId?: string
  readonly q?: string
  readonly state?: string
  readonly after?: string
  readonly limit?: number
}

export interface MoveInEntry {
  readonly estateId: string
  readonly unitId: string
  readonly householdNo?: string
  readonly leaseNo: string
  readonly fromDate: string
  readonly untilDate: string
  readonly members: readonly MemberEntry[]
}

export interface SwapEntry {
  readonly date: string
  readonly leaseNo: string
  readonly unitId?: string
  readonly otherHouseholdId?: string
  readonly otherLeaseNo?: string
}

/** One of the four moves, as its form says it. */
export type Move =
  | { readonly kind: 'in'; readonly entry: MoveInEntry }
  | { readonly kind: 'join'; readonly householdId: string; readonly entry: { readonly fromDate: string; readonly untilDate: string | null; readonly member: MemberEntry } }
  | { readonly kind: 'leave'; readonly householdId: string; readonly entry: { readonly personRef: string; readonly lastDate: string; readonly newHeadRef?: string } }
  | { readonly kind: 'swap'; readonly householdId: string; readonly entry: SwapEntry }
  | { readonly kind: 'out'; readonly householdId: string; readonly entry: { readonly lastDate: string } }

const part = encodeURIComponent
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** Where the empty workbook is, for a link. */
export const TEMPLATE_PATH = '/api/household-import/template'

function pathOf(move: Move): string {
  if (move.kind === 'in') return '/api/households'
  const suffix = { join: 'members', leave: 'members/leave', swap: 'swap', out: 'move-out' }[move.kind]
  return `/api/households/${part(move.householdId)}/${suffix}`
}

/** Endpoints about units, households, moves and the workbook. */
export function householdApi(http: HttpClient) {
  return {
    buildings: (estateId: string, signal?: AbortSignal) => http.get<{ buildings: readonly Building[] }>('/api/buildings', { estateId }, signal),
    units: (estateId: string, date?: string, signal?: AbortSignal) => http.get<{ units: readonly Unit[] }>('/api/units', { estateId, date }, signal),
    households: (query: HouseholdQuery, signal?: AbortSignal) => http.get<HouseholdPage>('/api/households', { ...query }, signal),
    household: (householdId: string, signal?: AbortSignal) => http.get<HouseholdCard>(`/api/households/${part(householdId)}`, {}, signal),
    householdSeen: (householdId: string, signal?: AbortSignal) => http.get<{ seen: readonly Seen[] }>(`/api/households/${part(householdId)}/last-seen`, {}, signal),
    permits: (personRef: string, signal?: AbortSignal) => http.get<{ permits: readonly Permit[] }>('/api/permits', { personRef }, signal),
    /** `preview`: what would happen, and nothing does. */
    move: (move: Move, preview: boolean) => http.send<MoveEffects>('POST', preview ? `${pathOf(move)}?preview=true` : pathOf(move), move.entry),
    previewImport: (file: Blob) => http.upload<ImportPreview>('/api/household-import/preview', file, XLSX),
    confirmImport: (file: Blob, digest: string) => http.upload<ImportResult>(withQuery('/api/household-import', { digest }), file, XLSX),
  }
}
