import { schemaError } from '#contract/codec.js'
import { RECORD_SCHEMAS, type RecordKind, type RecordOf } from '#contract/sync-records.js'
import { chainHash } from '#kernel/hash-chain.js'
import type { Resident } from '../flow/support/estate-under-test.js'
import { type Evidence, type LogRow, bodyOf } from './evidence.js'

const SAMPLES = 3
/** The controller decides, then stamps its answer. */
const STAMP_MS_MAX = 50
/** Longer than any id, hash or signature: no record has room for a picture or a template. */
const LONG_TEXT = /[A-Za-z0-9+/_-]{200,}/

const placeOf = ({ epoch, seq }: LogRow): string => `${epoch}/${seq}`
const ofKind = <Kind extends RecordKind>(rows: readonly LogRow[], kind: Kind): Array<RecordOf<Kind>> =>
  rows.map(bodyOf).filter((body): body is RecordOf<Kind> => body.kind === kind)

/** One line for what was found, with a few examples; none where nothing was. */
const found = (what: string, examples: readonly unknown[]): string[] =>
  examples.length === 0 ? [] : [`${what}: ${examples.length}, such as ${examples.slice(0, SAMPLES).map((one) => JSON.stringify(one)).join(' ')}`]

function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>()
  return values.filter((value) => seen.size === seen.add(value).size)
}

/** I1: what was acknowledged to a device is in the log, once. */
export function acknowledgedIsKept({ journal, log, claimed }: Evidence): string[] {
  const events = ofKind(log, 'door-event.v1').map(({ eventId }) => eventId)
  const recorded = new Set(events)
  const lost = [...journal.acknowledged].filter((eventId) => !claimed.has(eventId))
  const unrecorded = [...journal.acknowledged].filter((eventId) => journal.kept.get(eventId)?.kind === 'doorEvent' && !recorded.has(eventId))
  return [
    ...found('I1 acknowledged to the controller and not claimed', lost), ...found('I1 acknowledged to the controller and not in the log', unrecorded),
    ...found('I1 in the log twice', repeated(events)),
  ]
}

function brokenAt({ gatewayId, epochs }: Evidence, rows: readonly LogRow[]): string[] {
  let previous: LogRow | undefined
  const broken: string[] = []
  for (const row of rows) {
    const before: LogRow | undefined = previous?.epoch === row.epoch ? previous : undefined
    const startHash = epochs.find(({ epoch }) => epoch === row.epoch)?.startHash ?? ''
    const follows = row.seq === (before?.seq ?? 0) + 1 && chainHash(before?.hash ?? startHash, { ...row, gatewayId }) === row.hash
    if (!follows) broken.push(placeOf(row))
    previous = row
  }
  return broken
}

/** I2: every record is at the server, once, in order, in one chain; and nothing is there that the gateway does not have. */
export function logIsAtTheServer(evidence: Evidence): string[] {
  const { log, received, epochs } = evidence
  const mine = new Map(log.map((row) => [placeOf(row), row]))
  const theirs = new Map(received.map((row) => [placeOf(row), row]))
  return [
    ...found('I2 not at the server', log.map(placeOf).filter((place) => !theirs.has(place))),
    ...found('I2 at the server and lost at the gateway', received.map(placeOf).filter((place) => !mine.has(place))),
    ...found('I2 another record at the server', log.filter((row) => (theirs.get(placeOf(row))?.hash ?? row.hash) !== row.hash).map(placeOf)),
    ...found('I2 the chain breaks at', brokenAt(evidence, log)),
    ...found('I2 the same record twice', repeated(received.map((row) => bodyOf(row).recordId))),
    ...found('I2 a new epoch was needed', epochs.slice(1).map(({ epoch }) => epoch)),
    ...found('an order carried out twice', repeated(ofKind(log, 'order-result.v1').map(({ orderId }) => orderId))),
  ]
}

/** I3: no door opened without a grant that was committed before, and none twice for one command. */
export function doorsOpenedByGrants({ journal, log }: Evidence): string[] {
  const granted = new Set(ofKind(log, 'passage.v2').filter(({ result }) => result === 'granted').map(({ passageId }) => passageId))
  const commands = new Map(ofKind(log, 'door-command.v1').map((command) => [command.commandId, command]))
  const executed = [...journal.kept.values()].flatMap((message) => (message.kind === 'commandResult' && message.payload.outcome === 'executed' ? [message.payload] : []))
  return [
    ...found('I3 opened by a command that is not in the log', executed.filter(({ commandId }) => !commands.has(commandId)).map(({ commandId }) => commandId)),
    ...found('I3 commanded without a grant', [...commands.values()].filter(({ passageId }) => !granted.has(passageId)).map(({ commandId }) => commandId)),
    ...found('I3 opened in another boot than was commanded', executed.filter(({ commandId, bootId }) => (commands.get(commandId)?.deviceBootId ?? bootId) !== bootId).map(({ commandId }) => commandId)),
    ...found('I3 opened after its deadline', executed.filter(({ commandId, monoMs }) => monoMs > (commands.get(commandId)?.deadlineMonoMs ?? monoMs) + STAMP_MS_MAX).map(({ commandId }) => commandId)),
    ...found('I3 opened twice', repeated(executed.map(({ commandId }) => commandId))),
  ]
}

/** I5: one posting for one payment. */
export const paidOnce = ({ paidTwice }: Evidence): string[] => found('I5 paid twice', paidTwice)

/** I7: after a withdrawal was acknowledged nobody is matched by that face. */
export function withdrawnIsGone({ log, erasedConsents, personsWithTemplates }: Evidence, { consentId, personRef }: Resident, wasWithdrawn: boolean): string[] {
  if (!wasWithdrawn) return []
  const erasedAt = log.findIndex((row) => { const body = bodyOf(row); return body.kind === 'erasure.v1' && body.consentId === consentId })
  const later = erasedAt < 0 ? [] : ofKind(log.slice(erasedAt), 'passage.v2').filter((passage) => passage.way === 'face' && passage.personRef === personRef)
  return [
    ...found('I7 a withdrawal was not acknowledged', erasedConsents.has(consentId) ? [] : [consentId]),
    ...found('I7 templates are left after a withdrawal', personsWithTemplates.has(personRef) ? [personRef] : []),
    ...found('I7 matched after the erasure', later.map(({ passageId }) => passageId)),
  ]
}

/** I8: nothing that left the gateway has room for a face. */
export function nothingHoldsAFace({ received }: Evidence): string[] {
  const wrong = received.flatMap((row) => {
    const body = bodyOf(row)
    const schema = RECORD_SCHEMAS[body.kind]
    const error = schema === undefined ? 'unknown kind' : schemaError(schema, body)
    return error === undefined && !LONG_TEXT.test(row.payload) ? [] : [`${placeOf(row)} ${body.kind}: ${error ?? 'a long text'}`]
  })
  return found('I8 a record that the contract does not know, or with room for a face', wrong)
}
