import type { ChannelBill } from '../../kit/api/finance-types.js'

/** What a channel's bill of a day comes to. */
export interface DayLine {
  readonly batchNo: number
  readonly billDate: string
  readonly channel: string
  readonly state: string
  readonly wrong: boolean
  readonly grossFen: number
  readonly refundFen: number
  readonly feeFen: number
  readonly netFen: number
}

/** Trade bills at their latest versions, the latest day first. */
export const dayLines = (bills: readonly ChannelBill[]): DayLine[] => bills
  .filter((bill) => bill.kind === 'trade' && bill.state !== 'replaced')
  .map(({ batchNo, billDate, channel, state, finding, figures }) => {
    const { grossFen = 0, refundFen = 0, feeFen = 0, netFen = 0 } = figures?.bill.trade ?? {}
    return { batchNo, billDate, channel, state, wrong: finding !== null, grossFen, refundFen, feeFen, netFen }
  })
  .sort((left, right) => right.billDate.localeCompare(left.billDate) || left.channel.localeCompare(right.channel))
