import type { GatewayProof } from '../../kit/api/types.js'
import { type Phrase, phrase } from '../../kit/words/phrase.js'
import { type Writer, rangesText } from './integrity-state.js'

export interface ProofLine {
  readonly tone: 'good' | 'warn' | 'danger'
  readonly words: Phrase
}

type EpochProof = GatewayProof['epochs'][number]

function epochLines(epoch: EpochProof, writer: Writer): ProofLine[] {
  const no = String(epoch.epoch)
  const danger: Array<Phrase | false> = [
    epoch.brokenAtSeq !== null && phrase('integrity.proof.broken', { epoch: no, seq: epoch.brokenAtSeq }),
    epoch.head === 'forged' && phrase('integrity.proof.head', { epoch: no }),
    !epoch.startFollows && phrase('integrity.proof.start', { epoch: no }),
    epoch.removedCount > 0 && phrase('integrity.proof.removed', { epoch: no, ranges: rangesText(epoch.removed, writer) }),
    epoch.addedCount > 0 && phrase('integrity.proof.added', { epoch: no, ranges: rangesText(epoch.added, writer) }),
  ]
  const warn: Array<Phrase | false> = [
    epoch.missingCount > 0 && phrase('integrity.proof.missing', { epoch: no, ranges: rangesText(epoch.missing, writer) }),
    epoch.refusedAtSeq !== null && phrase('integrity.proof.refused', { epoch: no, seq: epoch.refusedAtSeq }),
  ]
  const lines = (tone: ProofLine['tone'], all: ReadonlyArray<Phrase | false>): ProofLine[] => all.flatMap((words) => (words === false ? [] : [{ tone, words }]))
  return [...lines('danger', danger), ...lines('warn', warn)]
}

/** What reading every record proved: what it was, then what is wrong where, then records whose time is in doubt. */
export function proofLines(proof: GatewayProof, writer: Writer): ProofLine[] {
  const count = proof.epochs.reduce((sum, epoch) => sum + epoch.records, 0)
  const wrong = proof.epochs.flatMap((epoch) => epochLines(epoch, writer))
  const tone = proof.verdict === 'tampered' ? 'danger' : proof.verdict === 'incomplete' ? 'warn' : 'good'
  const clock = proof.clock.slice(0, 5).map(({ epoch, from, to, cause, offMs }): ProofLine => ({
    tone: 'warn', words: phrase(`integrity.proof.clock.${cause}`, { epoch: String(epoch), ranges: rangesText([{ from, to }], writer), seconds: Math.round(offMs / 1_000) }),
  }))
  const more: ProofLine[] = proof.clockCount > clock.length ? [{ tone: 'warn', words: phrase('integrity.proof.clockMore', { count: proof.clockCount }) }] : []
  return [{ tone, words: phrase(`integrity.proof.${proof.verdict}`, { count, seconds: Math.max(1, Math.round(proof.tookMs / 1_000)) }) }, ...wrong, ...clock, ...more]
}
