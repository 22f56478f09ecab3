import { type DeskRoutes, operatorOf } from './desk-access.js'
import type { DeskTakings } from './ports.js'

/** What came in at the estate's tills today. Guards see it; a manager has it counted, in that manager's name. */
export const takingsRoutes = ({ takings }: { takings: DeskTakings }): DeskRoutes => (app) => {
  app.get('/api/desk/takings', { config: { deskAccess: 'guard' } }, () => takings.today())
  app.post('/api/desk/takings/count', { config: { deskAccess: 'manager' } }, (request) => takings.count(operatorOf(request).operatorRef))
}
