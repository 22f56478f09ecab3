/**
 * How one face worker stands. `away`: not connected. `ready`: frames go to it. `silent`: it let a frame go unanswered, and has said nothing since.
 * `unfit`: it runs other nets than this gateway; it must be started anew with the right ones.
 */
export type RemoteState = 'away' | 'ready' | 'silent' | 'unfit'

/** `greeted`: a hello, of a worker that starts. `heard`: a heartbeat. `lost`: its connection ended. `unanswered`: a frame's time ran out. */
export type RemoteInput = 'greeted' | 'heard' | 'lost' | 'unanswered' | 'other-model'

/** @returns the next state, or undefined where nothing changes */
export function nextRemote(state: RemoteState, input: RemoteInput): RemoteState | undefined {
  const to = (next: RemoteState): RemoteState | undefined => (next === state ? undefined : next)
  if (input === 'lost') return to('away')
  if (input === 'greeted') return to('ready')
  if (state === 'unfit') return undefined
  if (input === 'heard') return to('ready')
  if (input === 'other-model') return 'unfit'
  return state === 'ready' ? 'silent' : undefined
}
