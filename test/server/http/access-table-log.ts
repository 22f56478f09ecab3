import type { AccessRow } from './access-table.js'

const LOG_READERS = ['guard', 'estate-manager', 'auditor', 'admin'] as const
const WATCHERS = ['guard', 'estate-manager', 'bureau-viewer', 'auditor', 'admin'] as const
const MANAGERS = ['estate-manager', 'admin'] as const
const DESK = ['guard', 'estate-manager', 'admin'] as const
const NOBODY = '01890000-0000-7000-8000-000000000000'

const plain = (url: string): AccessRow['prepare'] => async () => ({ url })

/** Who may do what with alarms, orders, devices and firmware. */
export const LOG_ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /api/gateway/v1/orders': { who: 'gateway', status: 401, prepare: plain('/api/gateway/v1/orders?waitMs=60000') },
  'GET /api/gateway/v1/firmware/:jobId': { who: 'gateway', status: 401, prepare: plain(`/api/gateway/v1/firmware/${NOBODY}`) },
  'GET /api/alarms': { who: LOG_READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.alarm('jh'), { url: '/api/alarms' }) },
  'GET /api/alarms/open': { who: LOG_READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.alarm('jh'), { url: '/api/alarms/open' }) },
  'POST /api/estates/:estateId/alarms/:alarmId/acknowledge': {
    who: DESK, elsewhere: 'nothing', status: 202, prepare: async (register) => ({ url: `/api/estates/jh/alarms/${await register.alarm('jh')}/acknowledge`, body: {} }),
  },
  'POST /api/estates/:estateId/alarms/:alarmId/clear': {
    who: DESK, elsewhere: 'nothing', status: 202, prepare: async (register) => ({ url: `/api/estates/jh/alarms/${await register.alarm('jh')}/clear`, body: { note: 'x' } }),
  },
  'POST /api/estates/:estateId/gates/:gateId/open': {
    who: DESK, elsewhere: 'nothing', status: 202,
    prepare: async (register) => ({ url: `/api/estates/jh/gates/${await register.gateInService('jh')}/open`, body: { reason: 'delivery' } }),
  },
  'POST /api/estates/:estateId/gates/:gateId/mode': {
    who: MANAGERS, elsewhere: 'nothing', status: 202,
    prepare: async (register) => ({ url: `/api/estates/jh/gates/${await register.gateInService('jh')}/mode`, body: { mode: 'kept-open', reason: 'maintenance' } }),
  },
  'POST /api/access-log/export': {
    who: LOG_READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.passage('jh'), { url: '/api/access-log/export', body: { conditions: {} } }),
  },
  'GET /api/figures/passages': { who: WATCHERS, elsewhere: 'own', status: 200, prepare: plain('/api/figures/passages?fromMs=0&toMs=1') },
  'GET /api/figures/passages.xlsx': { who: WATCHERS, elsewhere: 'own', status: 200, prepare: plain('/api/figures/passages.xlsx?fromMs=0&toMs=1') },
  'GET /api/orders': { who: LOG_READERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.order('jh'), { url: '/api/orders' }) },
  'GET /api/orders/:orderId': { who: LOG_READERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/orders/${await register.order('jh')}` }) },
  'GET /api/devices': { who: WATCHERS, elsewhere: 'own', status: 200, prepare: async (register) => (await register.device('jh'), { url: '/api/devices' }) },
  'GET /api/estates/:estateId/devices/:deviceId/history': {
    who: WATCHERS, elsewhere: 'nothing', status: 200, prepare: async (register) => ({ url: `/api/estates/jh/devices/${await register.device('jh')}/history` }),
  },
  'PUT /api/estates/:estateId/devices/:deviceId/settings': {
    who: MANAGERS, elsewhere: 'nothing', status: 204,
    prepare: async (register) => ({ url: `/api/estates/jh/devices/${await register.device('jh')}/settings`, body: { values: { volume: 3 } } }),
  },
  'POST /api/estates/:estateId/device-claims': {
    who: MANAGERS, elsewhere: 'nothing', status: 202,
    prepare: async (register) => (await register.gatewayInService('jh'), { url: '/api/estates/jh/device-claims', body: { deviceId: 'reader-7', deviceKind: 'reader' } }),
  },
  'POST /api/estates/:estateId/devices/:deviceId/revoke': {
    who: MANAGERS, elsewhere: 'nothing', status: 202,
    prepare: async (register) => (await register.gatewayInService('jh'), { url: `/api/estates/jh/devices/${await register.device('jh')}/revoke`, body: {} }),
  },
  'POST /api/firmware': {
    who: ['admin'], everywhere: true, status: 400, prepare: plain('/api/firmware?deviceKind=camera&model=c&version=1'),
  },
  'GET /api/firmware': { who: MANAGERS, elsewhere: 'own', status: 200, prepare: plain('/api/firmware') },
  'DELETE /api/firmware/:firmwareId': { who: ['admin'], everywhere: true, status: 204, prepare: async (register) => ({ url: `/api/firmware/${await register.firmware()}` }) },
  'POST /api/estates/:estateId/devices/:deviceId/firmware': {
    who: MANAGERS, elsewhere: 'nothing', status: 202,
    prepare: async (register) => {
      await register.gatewayInService('jh')
      return { url: `/api/estates/jh/devices/${await register.device('jh')}/firmware`, body: { firmwareId: await register.firmware() } }
    },
  },
}
