import type { RouteRecordRaw } from 'vue-router'
import StaffShell from '../frame/staff-shell.vue'
import { financeSectionsOf } from './sections.js'

/** Pages of those who handle money. */
export const FINANCE_ROUTE: RouteRecordRaw = {
  path: '/finance',
  component: StaffShell,
  props: { home: 'reconcile', sectionsOf: financeSectionsOf },
  children: [
    { path: '', redirect: { name: 'reconcile' } },
    { path: 'reconcile', name: 'reconcile', component: () => import('./reconcile/reconcile-page.vue'), meta: { title: 'page.reconcile' } },
  ],
}
