import { type Language, word, wordsOf } from './report-sheets.js'
import type { ReportFilter } from './report-table.js'

/** What was asked for, in the words of the page, one condition a line: `未缴月数至少：6`. @param nameOf name of an estate, building or household by its id */
export function filterLines({ by, ...filter }: ReportFilter, language: Language, nameOf: (id: string) => string): string[] {
  const { ui, column, code } = wordsOf(language)
  const lines: ReadonlyArray<readonly [string, string | number | undefined]> = [
    [column.estate, filter.estateId && nameOf(filter.estateId)], [column.building, filter.buildingId && nameOf(filter.buildingId)],
    [ui.who, filter.householdId && nameOf(filter.householdId)], [column.tier, filter.tier && word(code.tier, filter.tier)], [ui.year, filter.year],
    [ui.from, filter.fromMonth], [ui.until, filter.untilMonth], [ui.minMonths, filter.minMonths], [ui.by, by?.map((one) => ui[`by_${one}`]).join(language === 'en' ? ', ' : '、')],
  ]
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [`${label}${language === 'en' ? ': ' : '：'}${value}`]))
}
