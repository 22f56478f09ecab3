import type { Parts } from './app.js'
import type { Routes } from './http/app-types.js'
import { createBookService } from './report/book-service.js'
import { createHouseholdSearch } from './report/household-search.js'
import { createReportService } from './report/report-service.js'
import { reportRoutes } from './report/routes.js'
import { createTransitService } from './treasury/transit-service.js'

/** Figures for finance, on screen and as workbooks. */
export function reportFeatures({ db: { read }, change, clock, ids }: Parts): readonly Routes[] {
  const reports = createReportService({ read, clock, transit: createTransitService({ read, clock }) })
  return [reportRoutes({ reports, households: createHouseholdSearch({ read, clock }), books: createBookService({ read, change, clock, ids, reports }) })]
}
