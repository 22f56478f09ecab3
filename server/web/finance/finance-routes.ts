import type { RouteRecordRaw } from 'vue-router'
import StaffShell from '../frame/staff-shell.vue'
import { financeSectionsOf } from './sections.js'

/** Pages of those who handle money. */
export const FINANCE_ROUTE: RouteRecordRaw = {
  path: '/finance',
  component: StaffShell,
  props: { home: 'today', sectionsOf: financeSectionsOf },
  children: [
    { path: '', name: 'today', component: () => import('./today/today-page.vue'), meta: { title: 'page.today' } },
    { path: 'reconcile', name: 'reconcile', component: () => import('./reconcile/reconcile-page.vue'), meta: { title: 'page.reconcile' } },
    { path: 'bills', name: 'bills', component: () => import('./bills/bills-page.vue'), meta: { title: 'page.bills' } },
    { path: 'collections', name: 'collections', component: () => import('./collections/collections-page.vue'), meta: { title: 'page.collections' } },
    { path: 'arrears', name: 'arrears', component: () => import('./arrears/arrears-page.vue'), meta: { title: 'page.arrears' } },
    { path: 'refunds', name: 'refunds', component: () => import('./refunds/refunds-page.vue'), meta: { title: 'page.refunds' } },
    { path: 'suspense', name: 'suspense', component: () => import('./suspense/suspense-page.vue'), meta: { title: 'page.suspense' } },
    { path: 'close', name: 'close', component: () => import('./close/close-page.vue'), meta: { title: 'page.close' } },
    { path: 'ledger', name: 'ledger', component: () => import('./ledger/ledger-page.vue'), meta: { title: 'page.ledger' } },
    { path: 'opening', name: 'opening', component: () => import('./opening/opening-page.vue'), meta: { title: 'page.opening' } },
    { path: 'reports', name: 'reports', component: () => import('./reports/reports-page.vue'), meta: { title: 'page.reports' } },
    { path: 'card', name: 'card', component: () => import('./card/card-page.vue'), meta: { title: 'page.card' } },
    { path: 'treasury', name: 'treasury', component: () => import('./treasury/treasury-page.vue'), meta: { title: 'page.treasury' } },
    { path: 'receipts', name: 'receipts', component: () => import('./receipts/receipts-page.vue'), meta: { title: 'page.receipts' } },
    { path: 'bank', name: 'bank', component: () => import('./bank/bank-page.vue'), meta: { title: 'page.bank' } },
    { path: 'audit', name: 'audit', component: () => import('./audit/audit-page.vue'), meta: { title: 'page.audit' } },
  ],
}
