import { type CommandOutput, done, refused } from './cli-commands.js'
import type { ControlClient } from './ops/control-client.js'

const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`

/** What came in at the tills today, by way and by till; with `close` it is counted for the server to compare. */
export async function takings(client: Pick<ControlClient, 'takings' | 'countTakings'>, { close }: { close?: boolean }): Promise<CommandOutput> {
  const answer = await (close === true ? client.countTakings() : client.takings())
  if (!answer.ok) return refused(answer.error)
  const { bizDate, takings: { ways, tills }, closed } = answer.value
  const lines = [
    `${bizDate}${closed === null ? '' : '  counted'}`,
    ...ways.map(({ way, count, fen }) => `${way}  ${count}  ${yuan(fen)}`),
    ...tills.map(({ deviceId, first, last, count }) => `${deviceId}  numbers ${first} to ${last}, ${count} in all`),
  ]
  return done(answer.value, lines.join('\n'))
}
