/** Places in the server's process at which it may be killed: around every call of a channel, every commit, and before what it answers. */
export const CUTS = ['before a call', 'after a call', 'before a commit', 'after a commit', 'before an answer'] as const
export type Cut = (typeof CUTS)[number]

/** What the file says that is named by the environment variable `CUT_FILE`: the process dies at the so-manieth such place from now, 1 the next. */
export interface CutPlan {
  readonly where: Cut
  readonly at: number
  /** Part of the call's address, of the answered request's method and address or, of a commit, of one that is being answered meanwhile; any where empty. */
  readonly of: string
}
