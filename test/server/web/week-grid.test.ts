import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CELLS, EMPTY_GRID, ROWS, cellState, gridOf, isEmptyGrid, painted, runsOf, spansText, timesOf } from '../../../server/web/manager/rules/week-grid.js'
import { scheduleProblem } from '../../../server/rule/schedule-rules.js'

const OFFICE = { weekly: [{ days: ['mon', 'tue'], from: '08:00', until: '12:15' }, { days: ['sat'], from: '22:00', until: '24:00' }], onHolidays: [{ from: '10:00', until: '11:00' }] } as const

describe('the week grid', () => {
  it('shows times and gives them back', () => {
    const grid = gridOf(OFFICE)
    expect(timesOf(grid)).toEqual(OFFICE)
    expect([15, 16, 23, 24, 25].map((cell) => cellState(grid.mon, cell))).toEqual(['off', 'on', 'on', 'part', 'off'])
    expect([cellState(grid.sat, 47), cellState(grid.holiday, 20), cellState(grid.wed, 20)]).toEqual(['on', 'on', 'off'])
    expect(spansText(grid.mon)).toEqual(['08:00–12:15'])
  })

  it('names days that have the same times together, and a holiday never as one of a run', () => {
    const night = gridOf({ weekly: [{ days: ['mon', 'sat', 'sun'], from: '00:00', until: '05:30' }, { days: ['tue'], from: '08:00', until: '09:00' }], onHolidays: [{ from: '00:00', until: '05:30' }] })
    expect(runsOf(night)).toEqual([{ runs: [['mon', 'mon'], ['sat', 'sun'], ['holiday', 'holiday']], spans: [[0, 330]] }, { runs: [['tue', 'tue']], spans: [[480, 540]] }])
    expect(runsOf(EMPTY_GRID)).toEqual([])
  })

  it('painting changes the cells that were painted, and no minute beside them', () => {
    const once = painted(gridOf(OFFICE), 'mon', 24, 27, true)
    expect(timesOf(once).weekly).toEqual([{ days: ['mon'], from: '08:00', until: '14:00' }, { days: ['tue'], from: '08:00', until: '12:15' }, { days: ['sat'], from: '22:00', until: '24:00' }])
    expect(spansText(painted(gridOf(OFFICE), 'tue', 20, 18, false).tue)).toEqual(['08:00–09:00', '10:30–12:15'])
    expect(spansText(painted(EMPTY_GRID, 'sun', 0, CELLS - 1, true).sun)).toEqual(['00:00–24:00'])
    expect([isEmptyGrid(EMPTY_GRID), isEmptyGrid(painted(EMPTY_GRID, 'holiday', 3, 3, true))]).toEqual([true, false])
  })

  it('whatever is painted, the server takes the times, and they come back as they were', () => {
    const stroke = fc.tuple(fc.constantFrom(...ROWS), fc.nat(CELLS - 1), fc.nat(CELLS - 1), fc.boolean())
    fc.assert(fc.property(fc.array(stroke, { maxLength: 30 }), (strokes) => {
      const grid = strokes.reduce((now, [row, first, last, on]) => painted(now, row, first, last, on), EMPTY_GRID)
      const times = timesOf(grid)
      expect(gridOf(times)).toEqual(grid)
      if (!isEmptyGrid(grid)) expect(scheduleProblem({ weekly: times.weekly.map((each) => ({ ...each, days: [...each.days] })), onHolidays: [...times.onHolidays] })).toBeUndefined()
      for (const [row, first, last, on] of strokes.slice(-1)) {
        for (let cell = Math.min(first, last); cell <= Math.max(first, last); cell++) expect(cellState(grid[row], cell)).toBe(on ? 'on' : 'off')
      }
    }))
  })
})
