import { type RouteRecordRaw, type Router, createRouter, createWebHistory } from 'vue-router'
import HomePage from './home/home-page.vue'
import ResidentShell from './resident-shell.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Reached without a login. */
    open?: boolean
    /** Key of the page's name. */
    title?: string
  }
}

export const RESIDENT_ROUTES: readonly RouteRecordRaw[] = [
  { path: '/enter', name: 'enter', component: () => import('./login/login-page.vue'), meta: { open: true, title: 'my.enter.title' } },
  { path: '/p/:token', name: 'link', component: () => import('./link/link-page.vue'), meta: { open: true, title: 'my.link.title' } },
  {
    path: '/',
    component: ResidentShell,
    children: [
      { path: '', name: 'home', component: HomePage, meta: { title: 'my.tabs.home' } },
      { path: 'bills', name: 'bills', component: () => import('./bills/bills-page.vue'), meta: { title: 'my.bills.title' } },
      { path: 'bills/:billId', name: 'bill', component: () => import('./bills/bill-page.vue'), meta: { title: 'my.bill.title' } },
      { path: 'bills/:billId/result', name: 'result', component: () => import('./payments/result-page.vue'), meta: { title: 'my.payment.title' } },
      { path: 'payments', name: 'payments', component: () => import('./payments/payments-page.vue'), meta: { title: 'my.payment.history' } },
      { path: 'payments/:outTradeNo', name: 'receipt', component: () => import('./payments/receipt-page.vue'), meta: { title: 'my.payment.receipt' } },
      { path: 'passes', name: 'passes', component: () => import('./passes/passes-page.vue'), meta: { title: 'my.pass.title' } },
      { path: 'help', name: 'help', component: () => import('./tickets/help-page.vue'), meta: { title: 'my.help.title' } },
      { path: 'me/erase', name: 'erase', component: () => import('./tickets/erase-page.vue'), meta: { title: 'my.help.erase' } },
      { path: 'me', name: 'me', component: () => import('./me/me-page.vue'), meta: { title: 'my.me.title' } },
      { path: 'me/consents', name: 'consents', component: () => import('./me/consents-page.vue'), meta: { title: 'my.consent.title' } },
      { path: 'me/passages', name: 'passages', component: () => import('./me/passages-page.vue'), meta: { title: 'my.passages.title' } },
      { path: 'me/looks', name: 'looks', component: () => import('./me/looks-page.vue'), meta: { title: 'my.looks.title' } },
      { path: 'me/household', name: 'household', component: () => import('./me/household-page.vue'), meta: { title: 'my.household.title' } },
      { path: ':rest(.*)*', name: 'not-found', component: () => import('./not-found-page.vue'), meta: { open: true, title: 'my.notFound.title' } },
    ],
  },
]

/** Where a login leads: only to a page of ours, whatever the address says. */
export const nextPage = (next: unknown): string => (typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/enter') ? next : '/')

/** @param ask asks who is logged in: false for nobody, true too where the server cannot be asked: the pages then say so */
export function createResidentPages(ask: () => Promise<boolean>): Router {
  const router = createRouter({ history: createWebHistory(), routes: [...RESIDENT_ROUTES], scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } })
  router.beforeEach(async (to) => (to.meta.open === true || await ask() ? true : { name: 'enter', query: to.fullPath === '/' ? {} : { next: to.fullPath } }))
  return router
}
