import type { PosSlip, TillBill } from '#contract/till-messages.js'
import { localMoment } from '#kernel/schedule.js'
import type { DayTakings, PaidPart, PaymentReads, PaymentRow, PaymentTx, TillOrderRow } from '../payment/ports.js'
import type { Sealer } from './seal.js'
import type { SqlConnection } from './sqlite.js'

/** Payments at tills, beside the log that has their records; and a register that knows tills. */
export const PAYMENT_MIGRATION = `
  CREATE TABLE till_payment (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id TEXT NOT NULL UNIQUE,
    device_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    biz_date TEXT NOT NULL CHECK (length(biz_date) = 10),
    way TEXT NOT NULL CHECK (way IN ('cash', 'pos', 'wechat', 'alipay')),
    fen INTEGER NOT NULL CHECK (fen > 0),
    household_no TEXT NOT NULL,
    bill_id TEXT,
    out_trade_no TEXT,
    pos TEXT CHECK (json_valid(pos)),
    taken_at_ms INTEGER NOT NULL,
    device_wall_ms INTEGER,
    UNIQUE (device_id, number)
  ) STRICT;
  CREATE INDEX till_payment_day ON till_payment (biz_date);
  CREATE INDEX till_payment_household ON till_payment (household_no);
  -- Outlives the payments: a number is given once.
  CREATE TABLE till_number (device_id TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE till_order (
    out_trade_no TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL UNIQUE,
    device_id TEXT NOT NULL,
    household_no TEXT NOT NULL,
    bill_id TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('wechat', 'alipay')),
    fen INTEGER NOT NULL CHECK (fen > 0),
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'over')),
    placed_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX till_order_open ON till_order (placed_at_ms) WHERE state = 'open';
  -- What a household owed when the server last said so; payments up to after_row are taken from it already.
  CREATE TABLE till_bill_memory (
    household_no TEXT PRIMARY KEY, as_of_ms INTEGER NOT NULL, after_row INTEGER NOT NULL, sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX till_bill_memory_age ON till_bill_memory (as_of_ms);
  CREATE TABLE estate_close (biz_date TEXT PRIMARY KEY, takings TEXT NOT NULL CHECK (json_valid(takings))) STRICT, WITHOUT ROWID;

  CREATE TABLE device_now (
    device_id TEXT PRIMARY KEY,
    device_kind TEXT NOT NULL CHECK (device_kind IN ('camera', 'controller', 'reader', 'till')),
    certificate_fingerprint TEXT NOT NULL,
    revoked_at_ms INTEGER
  ) STRICT;
  INSERT INTO device_now SELECT device_id, device_kind, certificate_fingerprint, revoked_at_ms FROM device;
  DROP TABLE device;
  ALTER TABLE device_now RENAME TO device;
`

/** Households whose bills are remembered: an estate has fewer. Beyond it the oldest memory goes. */
const MEMORIES_MAX = 10_000

const PAYMENT = `payment_id AS paymentId, device_id AS deviceId, number, epoch, seq, hash, biz_date AS bizDate, way, fen, household_no AS householdNo,
  bill_id AS billId, out_trade_no AS outTradeNo, pos, taken_at_ms AS takenAtMs, device_wall_ms AS deviceWallMs`
const ORDER = `out_trade_no AS outTradeNo, payment_id AS paymentId, device_id AS deviceId, household_no AS householdNo, bill_id AS billId, channel, fen, state,
  placed_at_ms AS placedAtMs`
const PAID_PART = 'SELECT bill_id AS billId, fen FROM till_payment'

type PaymentText = Omit<PaymentRow, 'pos'> & { readonly pos: string | null }
const paymentOf = ({ pos, ...row }: PaymentText): PaymentRow => ({ ...row, pos: pos === null ? null : (JSON.parse(pos) as PosSlip) })

async function findPayment({ all }: SqlConnection, paymentId: string): Promise<PaymentRow | undefined> {
  return (await all<PaymentText>(`SELECT ${PAYMENT} FROM till_payment WHERE payment_id = ?`, [paymentId])).map(paymentOf)[0]
}
const findOrder = async ({ all }: SqlConnection, outTradeNo: string): Promise<TillOrderRow | undefined> =>
  (await all<TillOrderRow>(`SELECT ${ORDER} FROM till_order WHERE out_trade_no = ?`, [outTradeNo]))[0]

async function dayTakings({ all }: SqlConnection, bizDate: string): Promise<DayTakings> {
  const ways = await all<DayTakings['ways'][number]>(
    'SELECT way, count(*) AS count, sum(fen) AS fen FROM till_payment WHERE biz_date = ? GROUP BY way ORDER BY way', [bizDate])
  const tills = await all<DayTakings['tills'][number]>(
    `SELECT device_id AS deviceId, min(number) AS first, max(number) AS last, count(*) AS count FROM till_payment WHERE biz_date = ?
      GROUP BY device_id ORDER BY device_id`, [bizDate])
  return { ways, tills }
}
const findClose = async ({ all }: SqlConnection, bizDate: string): Promise<DayTakings | undefined> =>
  (await all<{ takings: string }>('SELECT takings FROM estate_close WHERE biz_date = ?', [bizDate])).map(({ takings }) => JSON.parse(takings) as DayTakings)[0]

/** Binds a remembered list to its household. */
const memoryPlace = (householdNo: string): string => `till-bills.v1\n${householdNo}`

export function createPaymentWrites({ connection, sealer }: { connection: SqlConnection; sealer: Sealer }): Omit<PaymentTx, 'append'> {
  const { run, all } = connection
  return {
    findPayment: (paymentId) => findPayment(connection, paymentId),
    lastNumber: async (deviceId) => (await all<{ last: number }>('SELECT last FROM till_number WHERE device_id = ?', [deviceId]))[0]?.last ?? 0,
    async putPayment(row) {
      await run(
        `INSERT INTO till_payment (payment_id, device_id, number, epoch, seq, hash, biz_date, way, fen, household_no, bill_id, out_trade_no, pos,
          taken_at_ms, device_wall_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [row.paymentId, row.deviceId, row.number, row.epoch, row.seq, row.hash, row.bizDate, row.way, row.fen, row.householdNo, row.billId, row.outTradeNo,
          row.pos === null ? null : JSON.stringify(row.pos), row.takenAtMs, row.deviceWallMs])
      await run('INSERT INTO till_number (device_id, last) VALUES (?, ?) ON CONFLICT (device_id) DO UPDATE SET last = excluded.last', [row.deviceId, row.number])
    },
    async movePayment(paymentId, { epoch, seq, hash }) {
      await run('UPDATE till_payment SET epoch = ?, seq = ?, hash = ? WHERE payment_id = ?', [epoch, seq, hash, paymentId])
    },
    findTillOrder: (outTradeNo) => findOrder(connection, outTradeNo),
    putTillOrder: async (order) => void (await run(
      `INSERT INTO till_order (out_trade_no, payment_id, device_id, household_no, bill_id, channel, fen, state, placed_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (out_trade_no) DO UPDATE SET state = excluded.state`,
      [order.outTradeNo, order.paymentId, order.deviceId, order.householdNo, order.billId, order.channel, order.fen, order.state, order.placedAtMs])),
    async putBillMemory(householdNo, { asOfMs, bills }) {
      const sealed = sealer.seal(memoryPlace(householdNo), Buffer.from(JSON.stringify(bills)))
      await run(
        `INSERT INTO till_bill_memory (household_no, as_of_ms, after_row, sealed) VALUES (?, ?, (SELECT coalesce(max(row_id), 0) FROM till_payment), ?)
          ON CONFLICT (household_no) DO UPDATE SET as_of_ms = excluded.as_of_ms, after_row = excluded.after_row, sealed = excluded.sealed`, [householdNo, asOfMs, sealed])
      await run(`DELETE FROM till_bill_memory WHERE household_no IN (SELECT household_no FROM till_bill_memory ORDER BY as_of_ms DESC LIMIT -1 OFFSET ${MEMORIES_MAX})`)
    },
    dropBillMemory: async (householdNo) => void (await run('DELETE FROM till_bill_memory WHERE household_no = ?', [householdNo])),
    dayTakings: (bizDate) => dayTakings(connection, bizDate),
    findClose: (bizDate) => findClose(connection, bizDate),
    putClose: async (bizDate, takings) => void (await run(
      'INSERT INTO estate_close (biz_date, takings) VALUES (?, ?) ON CONFLICT (biz_date) DO UPDATE SET takings = excluded.takings', [bizDate, JSON.stringify(takings)])),
  }
}

type Read = <T>(work: (connection: SqlConnection) => Promise<T>) => Promise<T>

export function paymentReads(read: Read, sealer: Sealer): PaymentReads {
  return {
    tillOrder: (outTradeNo) => read((connection) => findOrder(connection, outTradeNo)),
    tillPayment: (paymentId) => read((connection) => findPayment(connection, paymentId)),
    openTillOrders: () => read(({ all }) => all<TillOrderRow>(`SELECT ${ORDER} FROM till_order WHERE state = 'open' ORDER BY placed_at_ms, out_trade_no`)),
    billMemory: (householdNo) => read(async ({ all }) => {
      const [held] = await all<{ asOfMs: number; afterRow: number; sealed: Buffer }>(
        'SELECT as_of_ms AS asOfMs, after_row AS afterRow, sealed FROM till_bill_memory WHERE household_no = ?', [householdNo])
      if (held === undefined) return undefined
      const paidSince = await all<PaidPart>(`${PAID_PART} WHERE household_no = ? AND row_id > ? ORDER BY row_id`, [householdNo, held.afterRow])
      return { asOfMs: held.asOfMs, bills: JSON.parse(sealer.open(memoryPlace(householdNo), held.sealed).toString('utf8')) as TillBill[], paidSince }
    }),
    paymentsUnderway: (householdNo) => read(({ all }) => all<PaidPart>(
      `${PAID_PART} p WHERE household_no = ? AND way IN ('cash', 'pos') AND seq > (SELECT e.acked_seq FROM log_epoch e WHERE e.epoch = p.epoch) ORDER BY row_id`, [householdNo])),
    strandedPayments: () => read(async ({ all }) => (await all<PaymentText>(
      `SELECT ${PAYMENT} FROM till_payment p WHERE epoch < (SELECT max(epoch) FROM log_epoch)
        AND seq > (SELECT e.acked_seq FROM log_epoch e WHERE e.epoch = p.epoch) ORDER BY row_id`))
      .map(paymentOf)),
    daysWithPayments: (fromDate) => read(async ({ all }) =>
      (await all<{ bizDate: string }>('SELECT DISTINCT biz_date AS bizDate FROM till_payment WHERE biz_date >= ? ORDER BY biz_date', [fromDate])).map(({ bizDate }) => bizDate)),
    takingsOf: (bizDate) => read(async (connection) => ({ takings: await dayTakings(connection, bizDate), closed: await findClose(connection, bizDate) })),
  }
}

/** Days of payments that stay at least, beyond what else is kept: a day is never counted from a part of its payments. */
const PAYMENT_DAYS_KEPT = 62
const DAY_MS = 86_400_000

/** One small step of the clean-up, inside a transaction; 0 where nothing is left to do. */
export async function prunePayments({ run }: SqlConnection, beforeMs: number, rowsMax: number): Promise<number> {
  const oldestMs = Math.max(0, beforeMs - PAYMENT_DAYS_KEPT * DAY_MS)
  const oldest = localMoment(oldestMs).date
  return (await run('DELETE FROM till_payment WHERE row_id IN (SELECT row_id FROM till_payment WHERE biz_date < ? LIMIT ?)', [oldest, rowsMax]))
    + (await run('DELETE FROM till_order WHERE out_trade_no IN (SELECT out_trade_no FROM till_order WHERE placed_at_ms < ? LIMIT ?)', [oldestMs, rowsMax]))
    + (await run('DELETE FROM estate_close WHERE biz_date < ?', [oldest]))
    + (await run('DELETE FROM till_bill_memory WHERE as_of_ms < ?', [beforeMs]))
}
