import type { Projector } from '../sync/projector.js'
import { latestByKey, ofKind } from '../sync/record-place.js'
import { insertPassages, saveOutcomes } from './access-event-repository.js'

/** Passages as rows of the access log, and what became of their commands. */
export const accessProjector: Projector = {
  async project(tx, origin, records) {
    await insertPassages(tx, origin, ofKind(records, 'passage.v2'))
    await saveOutcomes(tx, latestByKey(ofKind(records, 'command-outcome.v1'), (record) => record.body.passageId))
  },
}
