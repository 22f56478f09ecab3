import { uuid } from './factories.js'

export const GATEWAY_ID = uuid(1, 0x9)
/** Who a gateway under test is, once claimed. */
export const IDENTITY = { gatewayId: GATEWAY_ID, estateId: 'estate-1', credential: 'c'.repeat(43) }
