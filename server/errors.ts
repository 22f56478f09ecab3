import { type ErrorSpec, errorFactory } from '#kernel/app-error.js'

/**
 * Every failure the server reports, by area. Codes are stable: clients match on them. A retired code is never given
 * a new meaning.
 */
export const SERVER_ERRORS = {
  SV_CONFIG: { message: 'The configuration is not valid' },
  SV_USAGE: { message: 'The command line is not understood' },

  SV_ALARM_STATE: { message: 'The alarm is in this state, or beyond it, already', httpStatus: 409 },

  SV_AUTH_CODE: { message: 'The code is wrong, too old, or used', httpStatus: 401 },
  SV_AUTH_FORBIDDEN: { message: 'Your roles do not allow this', httpStatus: 403 },
  SV_AUTH_HEADER: { message: 'A header that only our own page can send is missing', httpStatus: 403 },
  SV_AUTH_LOGIN: { message: 'Login name or password is wrong', httpStatus: 401 },
  SV_AUTH_LOGIN_NAME_TAKEN: { message: 'This login name is taken', httpStatus: 409 },
  SV_AUTH_OWN_ACCOUNT: { message: 'Nobody can disable their own account', httpStatus: 409 },
  SV_AUTH_PASSWORD_RULE: { message: 'The password does not follow the rules', httpStatus: 400 },
  SV_AUTH_REQUIRED: { message: 'Log in first', httpStatus: 401 },
  SV_AUTH_SLOW_DOWN: { message: 'Too many attempts; try again later', httpStatus: 429 },

  SV_BILLING_ADJUSTMENT: { message: 'More would be taken from the bill than is open of it', httpStatus: 409 },
  SV_BILLING_DECIDED: { message: 'This was decided before', httpStatus: 409 },
  SV_BILLING_DEPOSIT: { message: 'This cannot be done with the deposit', httpStatus: 409 },
  SV_BILLING_GIVE_BACK: { message: 'More would be given back of this bill than was paid', httpStatus: 409 },
  SV_BILLING_OPENING: { message: 'These opening balances cannot be taken over, or not be taken back', httpStatus: 409 },
  SV_BILLING_OPENING_AGAIN: { message: 'This list was taken over before, or waits for its signature', httpStatus: 409 },
  SV_BILLING_OPENING_ERRORS: { message: 'The list has errors; nothing was taken over', httpStatus: 422 },
  SV_BILLING_RACE: { message: 'The bill has changed meanwhile; try again', httpStatus: 409 },
  SV_BILLING_RUN_CHANGED: { message: 'The bills would be other ones than at the preview; look at it again', httpStatus: 409 },
  SV_BILLING_RUN_STATE: { message: 'This run is issued', httpStatus: 409 },
  SV_BILLING_SAME_PERSON: { message: 'Who proposed it cannot decide it', httpStatus: 409 },
  SV_BILLING_TERMS: { message: 'These terms of rent are not possible', httpStatus: 400 },
  SV_BILLING_UNKNOWN: { message: 'No such bill', httpStatus: 404 },

  SV_CONSENT_ADULT: { message: 'From their 14th birthday on a person consents alone, without a guardian', httpStatus: 409 },
  SV_CONSENT_EXISTS: { message: 'This person has a consent that holds', httpStatus: 409 },
  SV_CONSENT_EXPIRY: { message: 'A consent ends in the future, within the longest time allowed', httpStatus: 400 },
  SV_CONSENT_GUARDIAN: { message: 'The guardian must be an adult of the same estate, and not the person', httpStatus: 400 },
  SV_CONSENT_GUARDIAN_NEEDED: { message: 'For a person under 14 a guardian consents (PIPL art. 31)', httpStatus: 409 },
  SV_CONSENT_NOTICE: { message: 'The consent must be to the notice that is in force', httpStatus: 409 },
  SV_CONSENT_NOTICE_CHANGED: { message: 'The text of a published notice was changed; publish it as a new version' },

  SV_CREDENTIAL_CARD: { message: 'A card number is 4 to 32 hexadecimal digits, as the reader says it', httpStatus: 400 },
  SV_CREDENTIAL_ENDED: { message: 'This credential has ended', httpStatus: 409 },
  SV_CREDENTIAL_KEY: { message: 'The key is no ECDSA P-256 public key as SPKI DER in base64', httpStatus: 400 },
  SV_CREDENTIAL_PHONES: { message: 'As many phones as are allowed are registered; block one that is not used', httpStatus: 409 },
  SV_CREDENTIAL_PIN: { message: 'The PIN is too easy to guess', httpStatus: 400 },
  SV_CREDENTIAL_TAKEN: { message: 'Somebody of the estate has this card or number', httpStatus: 409 },
  SV_CREDENTIAL_TIMES: { message: 'A credential ends after it begins and in the future', httpStatus: 400 },

  SV_DB_BUSY: { message: 'Too many writes are waiting; try again later', httpStatus: 503 },
  SV_DB_IN_USE: { message: 'Another server works on this database' },
  SV_DB_MIGRATION_CHANGED: { message: 'A migration that was applied to this database has been changed since' },
  SV_DB_MIGRATION_FAILED: { message: 'A migration failed; the database is as it was before it' },
  SV_DB_MIGRATION_UNKNOWN: { message: 'This database was migrated by a newer version of the server' },
  SV_DB_OPEN: { message: 'The database cannot be opened: the file is none, is damaged, or may not be written' },
  SV_DB_URL: { message: 'The database address is not supported' },

  SV_DEVICE_KIND: { message: 'A device of this id is of another kind', httpStatus: 409 },

  SV_ESTATE_EXISTS: { message: 'There is an estate with this id', httpStatus: 409 },
  SV_ESTATE_UNKNOWN: { message: 'No such estate', httpStatus: 400 },

  SV_EXPORT_BUSY: { message: 'Several exports are being written; try again in a moment', httpStatus: 429 },
  SV_EXPORT_NAMES: { message: 'Your roles do not allow names in clear in an export', httpStatus: 403 },
  SV_EXPORT_TOO_LARGE: { message: 'Too many rows for one workbook; narrow the time or add a gate or a person', httpStatus: 409 },

  SV_FIRMWARE_EMPTY: { message: 'The firmware file is empty, or not sent as application/octet-stream', httpStatus: 400 },
  SV_FIRMWARE_EXISTS: { message: 'This version exists with another file; give the new one a version of its own', httpStatus: 409 },
  SV_FIRMWARE_FULL: { message: 'Too many firmware files; remove one first', httpStatus: 409 },
  SV_FIRMWARE_IN_USE: { message: 'An order waits for this firmware file', httpStatus: 409 },
  SV_FIRMWARE_MODEL: { message: 'This firmware is for another model', httpStatus: 409 },

  SV_GATE_DEVICE_TAKEN: { message: 'A device stands at one gate, and this one stands at another', httpStatus: 409 },
  SV_GATE_DOOR_TAKEN: { message: 'This door of the controller is another gate', httpStatus: 409 },
  SV_GATE_NO_FACE_FREE_WAY: { message: 'A gate needs a way in without a face (人脸识别技术应用安全管理办法 art. 10)', httpStatus: 400 },
  SV_GATE_RULES: { message: 'These rules do not go together', httpStatus: 400 },

  SV_GATEWAY_CLAIM: { message: 'This claim token is unknown, spent or too old', httpStatus: 403 },
  SV_GATEWAY_CREDENTIAL: { message: 'This credential is none of a gateway in service', httpStatus: 401 },
  SV_GATEWAY_KEY: { message: 'The signing key is no Ed25519 public key as SPKI DER in base64', httpStatus: 400 },

  SV_HOLIDAY_DAYS: { message: 'The days of the holiday table are not possible', httpStatus: 400 },

  SV_HOUSEHOLD_BUILDING: { message: 'No such building in this estate', httpStatus: 400 },
  SV_HOUSEHOLD_BUILDING_EXISTS: { message: 'The estate has a building of this name', httpStatus: 409 },
  SV_HOUSEHOLD_DATES: { message: 'These dates are not possible for the lease or the stay', httpStatus: 400 },
  SV_HOUSEHOLD_HEAD: { message: 'A household has one head at a time, and the head is an adult', httpStatus: 409 },
  SV_HOUSEHOLD_IMPORT_CHANGED: { message: 'The file or the register is another one than at the preview; look at it again', httpStatus: 409 },
  SV_HOUSEHOLD_IMPORT_ERRORS: { message: 'The workbook has errors; nothing was taken in', httpStatus: 422 },
  SV_HOUSEHOLD_IMPORT_FILE: { message: 'The file is no workbook that can be read', httpStatus: 400 },
  SV_HOUSEHOLD_IMPORT_SIZE: { message: 'The workbook is too large', httpStatus: 413 },
  SV_HOUSEHOLD_LEASE_NO_TAKEN: { message: 'The estate has a lease of this number', httpStatus: 409 },
  SV_HOUSEHOLD_MEMBER: { message: 'This person is not in the household or the estate on that day', httpStatus: 400 },
  SV_HOUSEHOLD_MEMBER_ELSEWHERE: { message: 'This person lives in a household on these days already', httpStatus: 409 },
  SV_HOUSEHOLD_NO_LEASE: { message: 'The household has no lease on that day', httpStatus: 409 },
  SV_HOUSEHOLD_NO_TAKEN: { message: 'The estate has a household of this number', httpStatus: 409 },
  SV_HOUSEHOLD_UNIT: { message: 'No such unit in this estate, or not another one', httpStatus: 400 },
  SV_HOUSEHOLD_UNIT_EXISTS: { message: 'The building has a unit of this number', httpStatus: 409 },
  SV_HOUSEHOLD_UNIT_TAKEN: { message: 'The unit is let on these days', httpStatus: 409 },

  SV_HTTP_INTERNAL: { message: 'Internal error' },
  SV_HTTP_MALFORMED: { message: 'The request is not understood', httpStatus: 400 },
  SV_HTTP_NOT_FOUND: { message: 'No such thing, or not yours to see', httpStatus: 404 },
  SV_HTTP_RATE_LIMIT: { message: 'Too many requests; try again later', httpStatus: 429 },
  SV_HTTP_ROUTE_WITHOUT_ACCESS: { message: 'A route does not say who may call it' },
  SV_HTTP_TOO_LARGE: { message: 'The request body is too large', httpStatus: 413 },
  SV_HTTP_UNSUPPORTED_TYPE: { message: 'The request body is not JSON', httpStatus: 415 },
  SV_HTTP_VALIDATION: { message: 'A field of the request is not valid', httpStatus: 400 },

  SV_LEDGER_CLOSED: { message: 'The books are closed up to this day or a later one', httpStatus: 409 },
  SV_LEDGER_CONFLICT: { message: 'This was posted before with other content; a correction is a new posting', httpStatus: 409 },

  SV_LIVE_FULL: { message: 'Too many live views are open; close one or try again later', httpStatus: 429 },

  SV_MESSAGE_WECHAT: { message: 'WeChat does not know this code, or messages by WeChat are not set up', httpStatus: 409 },

  SV_PAYMENT_BILL: { message: 'Nothing is owed on this bill', httpStatus: 409 },
  SV_PAYMENT_CHANNEL: { message: 'The payment channel did not take the order; try again or choose another one', httpStatus: 502 },
  SV_PAYMENT_NO_CHANNEL: { message: 'This payment channel is not set up here', httpStatus: 404 },
  SV_PAYMENT_OTHER_ORDER: { message: 'Another payment for this bill is under way', httpStatus: 409 },
  SV_PAYMENT_RACE: { message: 'The order moved meanwhile; ask again', httpStatus: 409 },
  SV_PAYMENT_REFUND: { message: 'This cannot be given back', httpStatus: 409 },
  SV_PAYMENT_REFUND_SELF: { message: 'Who proposed it does not approve it', httpStatus: 403 },
  SV_PAYMENT_REFUND_STATE: { message: 'The refund is decided already', httpStatus: 409 },
  SV_PAYMENT_SUSPENSE: { message: 'This cannot become of the suspended money', httpStatus: 409 },

  SV_PERMIT_ASSIGNMENT: { message: 'The assignment concerns other permits than at the preview; look at it again', httpStatus: 409 },
  SV_ORDER_NO_GATEWAY: { message: 'No gateway in service could carry this out', httpStatus: 409 },
  SV_ORDER_TOO_MANY: { message: 'Too many orders wait for this gateway; try again later', httpStatus: 429 },

  SV_PERMIT_GATE: { message: 'A permit names gates of its person\'s estate', httpStatus: 400 },
  SV_PERMIT_TIMES: { message: 'A permit ends after it begins and in the future', httpStatus: 400 },

  SV_PERSON_BIRTH_DATE: { message: 'The birth date is not a day of the past 130 years', httpStatus: 400 },
  SV_PERSON_IS_HEAD: { message: 'The head of a household cannot be removed; name another head or move the household out', httpStatus: 409 },
  SV_PERSON_PHONE: { message: 'The phone number is no mainland mobile number', httpStatus: 400 },

  SV_SCHEDULE_IN_USE: { message: 'Permits, gates or visits go by this schedule', httpStatus: 409 },
  SV_SCHEDULE_TIMES: { message: 'The times of the schedule are not possible', httpStatus: 400 },
  SV_SCHEDULE_UNKNOWN: { message: 'No such schedule in this estate', httpStatus: 400 },

  SV_RECON_ATTACHMENT: { message: 'This file cannot be attached', httpStatus: 400 },
  SV_RECON_BATCH: { message: 'The bill is not in a state for this', httpStatus: 409 },
  SV_RECON_CASE: { message: 'The case is not in a state for this', httpStatus: 409 },
  SV_RECON_CLOSE: { message: 'The period cannot be closed or opened like this', httpStatus: 409 },
  SV_RECON_FILE: { message: 'The file is not what it should be; nothing of it was taken in', httpStatus: 422 },
  SV_RECON_SAME_PERSON: { message: 'Who proposed or agreed before cannot agree', httpStatus: 403 },
  SV_RECON_SHIFT: { message: 'The shift is not in a state for this', httpStatus: 409 },
  SV_RECON_WORKER: { message: 'The bill could not be worked on to its end; it stands as before' },

  SV_REPORT_EXPORT: { message: 'The workbook with names was not asked for, is not agreed to, was taken, or its time is over', httpStatus: 409 },
  SV_REPORT_SELF: { message: 'Who asked for the names does not approve it, and nobody else takes them', httpStatus: 403 },
  SV_REPORT_TOO_LARGE: { message: 'The report has too many rows; narrow it', httpStatus: 400 },

  SV_SYNC_CHAIN: { message: 'The hash of a record does not follow its predecessor; ask for an epoch', httpStatus: 409 },
  SV_SYNC_CONFLICT: { message: 'Another record or signed head stands at this place; ask for an epoch', httpStatus: 409 },
  SV_SYNC_EPOCH: { message: 'This epoch was not granted to this gateway; ask for one', httpStatus: 409 },
  SV_SYNC_FRAGMENTED: { message: 'Too many gaps; send what is missing first', httpStatus: 409 },
  SV_SYNC_SIGNATURE: { message: 'The head is not signed with the key of this gateway', httpStatus: 403 },

  SV_TICKET_STATE: { message: 'The ticket is beyond this', httpStatus: 409 },
  SV_TICKET_TOO_MANY: { message: 'Too many tickets; wait for an answer to one of them', httpStatus: 429 },

  SV_TLS_FILES: { message: 'Certificate and key cannot be used' },

  SV_TREASURY_AMOUNT: { message: 'This cannot be handed over or claimed', httpStatus: 409 },
  SV_TREASURY_FUNDS: { message: 'The books do not hold so much there', httpStatus: 409 },
  SV_TREASURY_SELF: { message: 'Who proposed it does not approve it', httpStatus: 403 },
  SV_TREASURY_STATE: { message: 'The voucher is beyond this', httpStatus: 409 },
  SV_TREASURY_TERMS: { message: 'How this estate hands over to the treasury is not set for that day', httpStatus: 409 },

  SV_VISIT_GATE: { message: 'A visit names gates of its estate', httpStatus: 400 },
  SV_VISIT_HOST: { message: 'The host lives in this estate and may pass all gates of the visit', httpStatus: 400 },
  SV_VISIT_LIMIT: { message: 'The household has as many open visits as are allowed', httpStatus: 409 },
  SV_VISIT_TIMES: { message: 'A visit ends after it begins, in the future and within the longest time allowed', httpStatus: 400 },
} as const satisfies Record<string, ErrorSpec>

export type ServerErrorCode = keyof typeof SERVER_ERRORS

/** Builds an error of the server's table: `throw fail('SV_HTTP_NOT_FOUND')`. */
export const fail = errorFactory(SERVER_ERRORS)
