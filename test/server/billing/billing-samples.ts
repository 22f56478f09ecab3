import type { BillingPolicy } from '../../../server/billing/rent-terms.js'

export const POLICY: BillingPolicy = {
  cycle: 'month', dueDay: 10, dueMonthOffset: 0, graceDays: 5, dayBasis: 'calendar', tierChange: 'by-days', standardAreaCentiM2: null, reduceOverArea: false,
  tierWithoutCertificate: 'market', lateDailyPartsPerMillion: 100, lateCapPartsPerMillion: 200_000, yearlyLossPartsPerMillion: 30_000, depositMonthsMax: 3,
  paidFromPartsPerMillion: 500_000, redMonths: 6,
}
