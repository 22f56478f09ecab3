import type { Parts } from './app.js'
import { createAdjustmentService } from './billing/adjustment-service.js'
import { arrearsRoutes } from './billing/arrears-routes.js'
import { createArrearsService } from './billing/arrears-service.js'
import { billRoutes } from './billing/bill-routes.js'
import { createBillService } from './billing/bill-service.js'
import { createHouseholdTermsService } from './billing/household-terms-service.js'
import { createRunService } from './billing/run-service.js'
import { tariffRoutes } from './billing/tariff-routes.js'
import { createTariffService } from './billing/tariff-service.js'
import { estateOfHousehold } from './household/household-register.js'
import type { Routes } from './http/app-types.js'

/** What rent is asked for, and the bills that follow. */
export function billingFeatures(parts: Parts): Routes[] {
  const { change, clock, ids } = parts
  const { read } = parts.db
  return [
    tariffRoutes({
      tariffs: createTariffService({ read, change, ids }), terms: createHouseholdTermsService({ read, change, ids }),
      estateOfHousehold: (householdId) => estateOfHousehold(read, householdId),
    }),
    arrearsRoutes({ arrears: createArrearsService({ read, change, clock, ids }), estateOfHousehold: (householdId) => estateOfHousehold(read, householdId) }),
    billRoutes({ bills: createBillService({ read }), runs: createRunService({ read, change, clock, ids }), adjustments: createAdjustmentService({ read, change, ids }) }),
  ]
}
