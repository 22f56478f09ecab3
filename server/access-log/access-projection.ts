import type { Projector } from '../sync/projector.js'
import { latestByKey, ofKind } from '../sync/record-place.js'
import { addTallies, insertPassages, saveOutcomes } from './access-event-repository.js'
import { talliesOf } from './figure-rules.js'

/** Passages as rows of the access log, counted for the figures, and what became of their commands. */
export const accessProjector: Projector = {
  async project(tx, origin, records) {
    const fresh = await insertPassages(tx, origin, ofKind(records, 'passage.v2'))
    const { tallies, waits } = talliesOf(fresh.map((record) => record.body))
    await addTallies(tx, origin, tallies, waits)
    await saveOutcomes(tx, latestByKey(ofKind(records, 'command-outcome.v1'), (record) => record.body.passageId))
  },
}
