import { errorFactory } from '#kernel/app-error.js'

/**
 * Every failure of the gateway process, by area. A code is matched on, never the text; a retired code is never
 * given a new meaning. Expected refusals are values and have no line here.
 */
export const GATEWAY_ERRORS = {
  // app
  GW_CONFIG: { message: 'The configuration is not valid' },
  GW_LISTEN: { message: 'The gateway cannot listen at this address' },
  GW_USAGE: { message: 'The command line is not understood' },
  // ops
  GW_OPS_INTERNAL: { message: 'The gateway could not answer this request' },
  GW_OPS_NOT_FOUND: { message: 'The gateway has no such address', httpStatus: 404 },
  // control
  GW_CONTROL_INVALID: { message: 'The request to the gateway is not understood', httpStatus: 400 },
  GW_CONTROL_NOT_READY: { message: 'The gateway is not open yet', httpStatus: 409 },
  GW_CONTROL_UNREACHABLE: { message: 'No gateway runs on this data directory' },
  // desk
  GW_DESK_FORBIDDEN: { message: 'This is for managers of the estate', httpStatus: 403 },
  GW_DESK_HEADER: { message: 'The request did not come from a page of this gateway', httpStatus: 403 },
  GW_DESK_INVALID: { message: 'The request is not valid', httpStatus: 400 },
  GW_DESK_LIVE_FULL: { message: 'Too many pages are open', httpStatus: 429 },
  GW_DESK_LOGIN: { message: 'Login name or password is wrong', httpStatus: 401 },
  GW_DESK_LOGIN_NAME_TAKEN: { message: 'The login name is taken', httpStatus: 409 },
  GW_DESK_NOT_FOUND: { message: 'There is no such thing at this estate', httpStatus: 404 },
  GW_DESK_OWN_ACCOUNT: { message: 'Nobody disables their own login', httpStatus: 409 },
  GW_DESK_PASSWORD_RULE: { message: 'The password is too easy to guess', httpStatus: 400 },
  GW_DESK_PUBLIC_ADDRESS: { message: 'The desk is for the estate\'s own network, and this address is a public one' },
  GW_DESK_QUOTA: { message: 'No more of these at a time', httpStatus: 409 },
  GW_DESK_ROUTE: { message: 'A route of the desk does not say who may call it' },
  GW_DESK_SESSION: { message: 'Nobody is logged in', httpStatus: 401 },
  GW_DESK_SLOW_DOWN: { message: 'Too many attempts', httpStatus: 429 },
  // alarm
  GW_ALARM_REFUSED: { message: 'There is no such alarm, nothing is left to be done, or its cause still stands', httpStatus: 409 },
  // broker
  GW_BROKER_EMBEDDED: { message: 'The gateway is its own broker: mqtt.brokerUrl is not configured', httpStatus: 409 },
  // backup
  GW_BACKUP_DAMAGED: { message: 'The backup cannot be read, or is not whole' },
  GW_BACKUP_FOLDER: { message: 'The folder for backups is not there or cannot be written to', httpStatus: 409 },
  GW_BACKUP_OFF: { message: 'Backups are not configured: backup.folder and backup.passphraseFile', httpStatus: 409 },
  GW_BACKUP_PASSPHRASE: { message: 'The passphrase of the backup cannot be used', httpStatus: 409 },
  GW_BACKUP_TARGET: { message: 'A backup is restored into a data directory that does not exist yet' },
  // claim
  GW_CLAIM_REFUSED: { message: 'No claim code that is valid now goes with this device and this request', httpStatus: 403 },
  GW_CLAIM_REQUEST: { message: 'The request for a certificate is not understood', httpStatus: 400 },
  GW_CLAIM_TOO_MANY: { message: 'Too many claims from this address: wait a minute', httpStatus: 429 },
  // device
  GW_DEVICE_EXISTS: { message: 'A device of this id is registered with another kind', httpStatus: 409 },
  GW_DEVICE_UNKNOWN: { message: 'No device of this id is registered', httpStatus: 404 },
  GW_TERMINAL_FILES: { message: 'Terminals have no address to fetch photos from: terminals.filesHost is not configured', httpStatus: 409 },
  // face
  GW_FACE_ENGINE: { message: 'The face engine does not run, or a worker of it died or ran out of time', httpStatus: 503 },
  GW_FACE_MANIFEST: { message: 'The model manifest is absent or invalid' },
  GW_FACE_MODEL: { message: 'A model file is absent, damaged or not the one that the manifest names' },
  GW_FACE_SETTINGS: { message: 'A threshold of the face engine is out of its bounds', httpStatus: 400 },
  GW_FACE_TEMPLATE: { message: 'A template does not fit the model', httpStatus: 400 },
  GW_FACE_WORKER_IDENTITY: { message: 'The folder holds no certificate of a face worker' },
  // files
  GW_FILES_FULL: { message: 'Too many files are offered to devices at a time', httpStatus: 503 },
  // fire
  GW_FIRE_REFUSED: { message: 'The zone is not released, or an input of it still says fire', httpStatus: 409 },
  // pki
  GW_PKI_CLOCK: { message: 'The clock was never set: certificates made now would be void once it is' },
  GW_PKI_FOREIGN: { message: 'The device certificate authority in this folder belongs to another estate' },
  GW_PKI_INCOMPLETE: { message: 'The device certificate authority lost its key: restore it, or remove its certificate and issue every device anew' },
  GW_PKI_KEY_EXPOSED: { message: 'A private key may be read by others than its owner' },
  GW_PKI_SUBJECT: { message: 'A certificate cannot be issued in this name', httpStatus: 400 },
  GW_PKI_UNREADABLE: { message: 'Key and certificate of the device certificate authority cannot be used together' },
  // store
  GW_STORE_ACK_AHEAD: { message: 'The server acknowledged records that this log never held' },
  GW_STORE_BUSY: { message: 'Too many writes are waiting for the disk', httpStatus: 503 },
  GW_STORE_CHAIN: { message: 'The log does not follow its own hash chain: it was changed from outside' },
  GW_STORE_CLOSED: { message: 'The store is not open' },
  GW_STORE_COMMIT: { message: 'A transaction could not be made durable; nothing of it was written' },
  GW_STORE_CONSENT_IN_USE: { message: 'Templates stand on this consent: delete them first' },
  GW_STORE_CORRUPT: { message: 'The database file failed its integrity check' },
  GW_STORE_EPOCH: { message: 'The log cannot begin this epoch: it stands in it or past it with other content' },
  GW_STORE_FOREIGN: { message: 'The file is no database of this gateway' },
  GW_STORE_FULL: { message: 'The disk, or the size that the database may take, is full', httpStatus: 507 },
  GW_STORE_IDENTITY: { message: 'The log belongs to another gateway: a new identity needs a new data directory' },
  GW_STORE_IN_USE: { message: 'Another process has this database open' },
  GW_STORE_INVALID: { message: 'The value breaks its contract and was not stored', httpStatus: 400 },
  GW_STORE_KEY: { message: 'The template key does not open this database' },
  GW_STORE_NEWER: { message: 'The database was written by a newer version of this software' },
  GW_STORE_NO_CONSENT: { message: 'No consent of this person allows the templates', httpStatus: 409 },
  GW_STORE_NO_EPOCH: { message: 'The server has granted no epoch to write in' },
  GW_STORE_NO_RECORD: { message: 'The log holds no record at this place' },
  GW_STORE_OPEN: { message: 'The database could not be opened' },
  GW_STORE_READ: { message: 'The database could not be read' },
  GW_STORE_TX_OVER: { message: 'A transaction was used after its work had ended' },
  // sync
  GW_SYNC_CLAIM_REFUSED: { message: 'The server refused the claim: a new claim token is needed' },
  GW_SYNC_CLAIM_TOKEN: { message: 'No claim token to introduce this gateway to the server' },
  GW_SYNC_EPOCH_REFUSED: { message: 'The server grants this gateway no epoch to write in' },
  GW_SYNC_SIGNING_KEY: { message: 'The key that signs the log cannot be used' },
} as const

/** Builds a failure of this process: `throw gatewayError('GW_STORE_CLOSED')`. */
export const gatewayError = errorFactory(GATEWAY_ERRORS)
