import { type RouteRecordRaw, type Router, createRouter, createWebHistory } from 'vue-router'
import { FINANCE_ROUTE } from './finance/finance-routes.js'
import { areasFor } from './frame/areas.js'
import { rolesOf } from './frame/section.js'
import StaffShell from './frame/staff-shell.vue'
import type { Session } from './kit/session.js'
import LoginPage from './manager/login/login-page.vue'
import { sectionsOf } from './manager/sections.js'
import { homeOf, safeNext } from './safe-next.js'

declare module 'vue-router' {
  interface RouteMeta {
    /** Reached without a session. */
    open?: boolean
    /** Key of the page's name. */
    title?: string
    /** Entry of the menu that the page belongs to, where it is no entry itself. */
    section?: string
  }
}

export const ROUTES: readonly RouteRecordRaw[] = [
  { path: '/', redirect: '/login' },
  { path: '/login', name: 'login', component: LoginPage, meta: { open: true, title: 'page.login' } },
  {
    path: '/manager',
    component: StaffShell,
    props: { home: 'now', sectionsOf },
    children: [
      { path: '', name: 'now', component: () => import('./manager/now/now-page.vue'), meta: { title: 'page.now' } },
      { path: 'log', name: 'log', component: () => import('./manager/log/log-page.vue'), meta: { title: 'page.log' } },
      { path: 'log/figures', name: 'figures', component: () => import('./manager/log/figures/figures-page.vue'), meta: { title: 'page.figures', section: 'log' } },
      { path: 'alarms', name: 'alarms', component: () => import('./manager/alarms/alarms-page.vue'), meta: { title: 'page.alarms' } },
      { path: 'devices', name: 'devices', component: () => import('./manager/devices/devices-page.vue'), meta: { title: 'page.devices' } },
      { path: 'people', name: 'people', component: () => import('./manager/people/people-page.vue'), meta: { title: 'page.people' } },
      { path: 'households', name: 'households', component: () => import('./manager/households/households-page.vue'), meta: { title: 'page.people', section: 'people' } },
      { path: 'households/move', name: 'move', component: () => import('./manager/households/move-page.vue'), meta: { title: 'page.people', section: 'people' } },
      { path: 'households/import', name: 'import', component: () => import('./manager/households/import-page.vue'), meta: { title: 'import.title', section: 'people' } },
      { path: 'visitors', name: 'visitors', component: () => import('./manager/visitors/visitors-page.vue'), meta: { title: 'page.visitors' } },
      { path: 'tickets', name: 'tickets', component: () => import('./manager/tickets/tickets-page.vue'), meta: { title: 'page.tickets' } },
      { path: 'credentials', name: 'credentials', component: () => import('./manager/credentials/credentials-page.vue'), meta: { title: 'page.credentials' } },
      { path: 'rules', name: 'rules', component: () => import('./manager/rules/rules-page.vue'), meta: { title: 'page.rules' } },
      { path: 'integrity', name: 'integrity', component: () => import('./manager/integrity/integrity-page.vue'), meta: { title: 'page.integrity' } },
    ],
  },
  FINANCE_ROUTE,
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('./manager/not-found-page.vue'), meta: { open: true, title: 'page.notFound' } },
]

export function createPages(session: Session): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [...ROUTES],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  })
  router.beforeEach(async (to) => {
    if (to.name === 'not-found') return true
    const user = await session.ensure().catch(() => undefined)
    const area = areasFor(rolesOf(user)).find(({ path }) => path === to.path)
    // The front page of an area is not everybody's: they begin with the first that is theirs.
    if (area !== undefined && area.front !== to.name) return { name: area.front, query: to.query }
    if (to.name === 'login') return user ? safeNext(to.query['next'], homeOf(user)) : true
    // Undefined: the server cannot be asked; the page itself says so and offers to try again.
    return user === null ? { name: 'login', query: { next: to.fullPath } } : true
  })
  return router
}
