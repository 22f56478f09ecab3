import type { HttpClient } from './client.js'

/** Endpoints about balances that are taken over from the books before, and the books at a past moment. Amounts in whole fen. */

export const OPENING_TEMPLATE_PATH = '/api/opening-lists/template'
/** As the server names them. */
export const OPENING_FIGURES = ['households', 'rent', 'late-charge', 'prepaid', 'deposit'] as const
export type OpeningFigure = (typeof OPENING_FIGURES)[number]
export type OpeningSums = Readonly<Record<OpeningFigure, number>>
export interface OpeningDifference {
  readonly name: OpeningFigure | 'held'
  readonly list: number
  readonly control: number
  readonly difference: number
  readonly note: string | null
}
export interface OpeningHousehold {
  readonly householdId: string
  readonly householdNo: string
  readonly unitLabel: string
  readonly prepaidFen: number
  readonly depositFen: number
  readonly months: ReadonlyArray<{ readonly period: string; readonly rentFen: number; readonly lateChargeFen: number; readonly dueDate: string }>
}
export interface OpeningWish {
  readonly estateId: string
  readonly asOfDate: string
  /** Base64. */
  readonly workbook: string
  readonly control: OpeningSums
  readonly held: ReadonlyArray<{ readonly account: 'bank' | 'cash'; readonly of: string; readonly fen: number }>
  readonly notes: Readonly<Partial<Record<OpeningDifference['name'], string>>>
}
export interface OpeningPreview {
  readonly digest: string
  readonly sums: OpeningSums
  readonly differences: readonly OpeningDifference[]
  readonly errorCount: number
  readonly errors: ReadonlyArray<{
    readonly sheet: string
    readonly row: number
    readonly column: string
    readonly value: string
    readonly problem: string
    readonly expected: string
  }>
  readonly households: readonly OpeningHousehold[]
}
export interface OpeningList {
  readonly openingId: string
  readonly estateId: string
  readonly asOfDate: string
  readonly digest: string
  readonly state: 'proposed' | 'signed' | 'refused' | 'reversing' | 'reversed'
  readonly makerId: string
  readonly createdAtMs: number
  readonly decidedAtMs: number | null
  readonly figures: { readonly sums: OpeningSums; readonly differences: readonly OpeningDifference[]; readonly held: OpeningWish['held'] }
  readonly reversal: { readonly by: string; readonly reason: string } | null
}
export interface BookBalance {
  readonly account: string
  readonly code: string
  readonly of: string | null
  readonly debitFen: number
  readonly creditFen: number
  readonly balanceFen: number
}

export function openingApi(http: HttpClient) {
  const listUrl = (openingId: string): string => `/api/opening-lists/${encodeURIComponent(openingId)}`
  return {
    openings: (estateId: string, signal?: AbortSignal) => http.get<{ lists: readonly OpeningList[] }>('/api/opening-lists', { estateId }, signal),
    opening: (openingId: string, signal?: AbortSignal) => http.get<OpeningList & { households: readonly OpeningHousehold[] }>(listUrl(openingId), {}, signal),
    previewOpening: (wish: OpeningWish) => http.send<OpeningPreview>('POST', '/api/opening-lists/preview', wish),
    proposeOpening: (wish: OpeningWish & { digest: string }) => http.send<{ openingId: string }>('POST', '/api/opening-lists', wish),
    decideOpening: (openingId: string, decision: 'sign' | 'refuse') => http.send<unknown>('POST', `${listUrl(openingId)}/decision`, { decision }),
    reverseOpening: (openingId: string, reason: string) => http.send<unknown>('POST', `${listUrl(openingId)}/reversal`, { reason }),
    decideReversal: (openingId: string, decision: 'agree' | 'refuse') => http.send<unknown>('POST', `${listUrl(openingId)}/reversal-decision`, { decision }),
    balancesAsOf: (estateId: string, atMs: number, signal?: AbortSignal) =>
      http.get<{ rows: readonly BookBalance[]; debitFen: number; creditFen: number }>('/api/ledger/balances', { estateId, atMs }, signal),
  }
}
