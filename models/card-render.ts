import type { ModelManifest } from '../gateway/face/manifest-schema.js'
import { limitsFor } from '../gateway/face/threshold.js'
import { modelError } from './errors.js'
import type { Halves } from './eval/ablation.js'
import type { FaceReport } from './eval/face-report.js'
import { HIGHER_BY, type Taken } from './eval/likeness.js'
import type { LivenessReport } from './eval/liveness-report.js'
import type { Measured } from './eval/measured.js'
import type { Verification } from './eval/verification.js'

/** Parts of the model card by the name of their marks. */
export type CardBlocks = Readonly<Record<string, string>>

const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const percent = (part: number | null, digits = 2): string => (part === null ? '–' : `${(part * 100).toFixed(digits)} %`)
const whole = (count: number): string => count.toLocaleString('en').replaceAll(',', ' ')
const cosine = (value: number | null): string => (value === null ? '' : ` (${value.toFixed(3)})`)

/** Everything in the card that was measured. Nothing of it is typed. */
export function cardBlocks(measured: Measured, manifest: ModelManifest): CardBlocks {
  const faces = Object.entries(measured).flatMap(([name, run]) => (run.tool === 'face:eval' ? [{ name, result: run.result }] : []))
  const liveness = Object.entries(measured).flatMap(([name, run]) => (run.tool === 'face:liveness' ? [{ name, result: run.result }] : []))
  return {
    recognition: recognition(faces),
    search: search(faces),
    passages: passagesTable(faces),
    thresholds: thresholds(faces, manifest),
    likeness: likenessTable(faces),
    ablation: ablationTable(faces),
    liveness: liveness.map(({ name, result }) => livenessTable(name, result)).join('\n\n'),
    runs: table(['run', 'command', 'date', 'machine', 'pipeline'], Object.entries(measured).map(([name, { command, date, machine, pipeline }]) =>
      [name, `\`${command}\``, date, machine, `\`${pipeline}\``])),
  }
}

interface FaceRun {
  readonly name: string
  readonly result: FaceReport
}

function recognition(runs: readonly FaceRun[]): string {
  const row = (what: string, { genuinePairs, impostorPairs, tarAtFar, eer }: Verification): string[] =>
    [what, `${whole(genuinePairs)} / ${whole(impostorPairs)}`, ...tarAtFar.map(({ tar, threshold }) => `${percent(tar)}${cosine(threshold)}`), percent(eer)]
  const head = ['set', 'pairs of one person / of two', '1e-2', '1e-3', '1e-4', '1e-5', 'equal error']
  return table(head, runs.flatMap(({ name, result }) => {
    const said = `${name}: ${whole(result.images)} pictures of ${whole(result.persons)} persons, no face in ${result.failedToDetect}`
    // Pairs of one session are of pictures taken seconds apart: where sessions are known, only those across them count.
    return [result.acrossSessions === null ? row(said, result.verification) : row(`${said}; pairs across sessions`, result.acrossSessions)]
  }))
}

function search(runs: readonly FaceRun[]): string {
  const rows = runs.flatMap(({ name, result }) => ([['first', result.openSet], ['drawn', result.openSetDrawn]] as const).flatMap(([which, results]) =>
    results.filter(({ nonMated }) => nonMated > 0).map(({ templates, gallery, mated, nonMated, rank1, fnirAtFpir, shipped }) => [
      name, `${templates}, ${which}`, `${whole(gallery)} / ${whole(mated)} / ${whole(nonMated)}`, percent(rank1),
      ...fnirAtFpir.map(({ fnir, threshold }) => `${percent(fnir)}${cosine(threshold)}`),
      `${percent(shipped.fnir)} / ${percent(shipped.fpir)}${cosine(shipped.threshold)}`,
    ])))
  return table(['set', 'enrolled pictures', 'persons / their probes / strangers', 'rank 1', '1e-1', '1e-2', '1e-3', 'one picture as shipped: refused / strangers'], rows)
}

function passagesTable(runs: readonly FaceRun[]): string {
  const rows = runs.flatMap(({ name, result }) => result.passages.map((passage) => [
    name, `${whole(passage.gallery)}, ${passage.templates}, up to ${passage.frames}`, passage.threshold.toFixed(3),
    `${percent(passage.refusedRate)} of ${whole(passage.residents)}`, whole(passage.misidentified),
    `${whole(passage.strangersAccepted)} of ${whole(passage.strangers)} by ${whole(passage.strangerPersons)} persons`, percent(passage.acceptedRateMax),
  ]))
  return table(['set', 'persons, templates, pictures', 'threshold', 'residents refused', 'taken for another', 'strangers let in', 'at most (95 %)'], rows)
}

function thresholds(runs: readonly FaceRun[], { settings }: ModelManifest): string {
  const fit = runs.find(({ result }) => result.tail !== null)?.result.tail
  if (fit == null) return 'Not measured.'
  const { tail, fittedShape, shapeInterval, strangers } = fit
  const sizes = [...new Set(fit.thresholds.map(({ gallery }) => gallery))]
  const at = (gallery: number, rate: number): string => {
    const found = fit.thresholds.find((row) => row.gallery === gallery && row.falseAcceptRate === rate)
    return found === undefined ? '' : `${found.threshold.toFixed(3)} (${found.interval.map((value) => value.toFixed(3)).join(' to ')})`
  }
  const checks = fit.check.map(({ gallery, rate, shown }) => `${whole(gallery)} persons, ${rate.toExponential(0)} wanted, ${shown.toExponential(1)} shown`)
  return [
    `Fitted to ${whole(strangers)} strangers' passages against ${whole(tail.persons)} persons: from ${tail.from}, rate ${tail.rate}, scale ${tail.scale}, `
      + `shape ${tail.shape}; the fitted shape was ${fittedShape.toFixed(2)} (95 %: ${shapeInterval.map((value) => value.toFixed(2)).join(' to ')}).`,
    '',
    table(['persons', 'shipped', '1e-2', '1e-3', '1e-4'], sizes.map((gallery) =>
      [whole(gallery), limitsFor(gallery, settings).matchThreshold.toFixed(3), at(gallery, 1e-2), at(gallery, 1e-3), at(gallery, 1e-4)])),
    '',
    `The floor of ${settings.matchThreshold} decides up to ${whole(personsAtFloor(settings))} persons. Beside what the set itself shows: ${checks.join('; ')}.`,
  ].join('\n')
}

const RULES = [
  ['usual', 'the usual lead'], ['lead', '**the larger lead over look-alikes** (shipped)'], ['higher', `a threshold higher by ${HIGHER_BY} in its place`],
] as const

/** The most persons for whom the threshold is still the floor. */
function personsAtFloor(settings: ModelManifest['settings']): number {
  let persons = 0
  while (persons < 1_000_000 && limitsFor(persons + 1, settings).matchThreshold <= settings.matchThreshold) persons += 1
  return persons
}

function likenessTable(runs: readonly FaceRun[]): string {
  const found = runs.flatMap(({ name, result }) => (result.likeness ? [{ name, ...result.likeness }] : []))
  const taken = ({ pairs, duplicates, lookAlikes }: Taken): string[] =>
    [`${percent(duplicates / pairs, 1)} and ${percent(lookAlikes / pairs, 1)} of ${whole(pairs)}`, percent(1 - (duplicates + lookAlikes) / pairs, 1)]
  const rows = found.flatMap(({ name, rows: mine }) => mine.map(({ gallery, duplicateFrom, pictures, onePerson, twoPersons }) => [
    name, `${whole(gallery)}${cosine(duplicateFrom)}`, pictures.join(' and '), ...taken(onePerson),
    twoPersons === null ? '–' : `${whole(twoPersons.duplicates)} and ${whole(twoPersons.lookAlikes)} of ${whole(twoPersons.pairs)}`,
  ]))
  return [
    table(['set', 'persons enrolled', 'pictures', 'one person twice: duplicates and look-alikes', 'neither', 'two persons: duplicates and look-alikes'], rows),
    '',
    'Passages of people of whom somebody enrolled is a look-alike, from 0.4 on: at a gate where they may pass, and at one where the other alone may:',
    '',
    table(['set, templates', 'rule', 'refused', 'taken for the look-alike'], found.flatMap(({ name, gate }) => gate.flatMap(({ templates, residents, refused, strangers, letIn }) =>
      RULES.map(([rule, says]) => [`${name}, ${templates}`, says, `${refused[rule]} of ${residents}`, `${letIn[rule]} of ${strangers}`])))),
  ].join('\n')
}

function ablationTable(runs: readonly FaceRun[]): string {
  const rows = runs.flatMap(({ result }) => result.ablations ?? [])
  const halves = ({ all, first, second }: Halves): string => `${percent(all)} (${(first * 100).toFixed(2)}, ${(second * 100).toFixed(2)})`
  return table(['change', 'net runs, gate + enrolment', 'true accepts at 1e-4', 'refused, one picture', 'refused, three'], rows.map((row) =>
    [row.shipped ? `**${row.change}** (shipped)` : row.change, row.runs.join(' + '), halves(row.tarAtFar4), halves(row.fnirOne), halves(row.fnirThree)]))
}

function livenessTable(name: string, { frames, livenessMin, livenessEarly, live, attacks }: LivenessReport): string {
  const persons = (figures: LivenessReport['live'] | LivenessReport['attacks'][number], passed: boolean): string =>
    figures.byPerson.map(({ passage }) => `${((passed ? passage : 1 - passage) * 100).toFixed(0)}`).join(', ')
  const rates = ({ picture, burst, passage }: LivenessReport['live']['bpcer']): string[] => [picture, burst, passage].map((value) => percent(value, 1))
  const rows = [
    [`live refused (BPCER), ${live.set}`, whole(live.pictures), ...rates(live.bpcer), persons(live, false), ''],
    ...attacks.map((attack) => [
      `attacks let in (APCER), ${attack.set}`, whole(attack.pictures), ...rates(attack.apcer), persons(attack, true),
      `${percent(attack.eer.picture.rate, 1)} / ${percent(attack.eer.burst.rate, 1)} (${attack.eer.burst.threshold.toFixed(2)})`,
    ]),
  ]
  return [
    `${name}, at probability ${livenessMin} and ${livenessEarly} log-odds more for one frame alone; a live person is let in after `
      + `${live.framesToLive?.toFixed(1) ?? '–'} pictures:`,
    '',
    table(['', 'pictures', 'one picture', `mean of ${frames}`, `passage of ${frames}`, 'passages by person, %', 'equal error, one picture / mean'], rows),
  ].join('\n')
}

/** The card with its blocks put in. @throws MD_RECORD where a block has no place in it */
export function withBlocks(card: string, blocks: CardBlocks): string {
  return Object.entries(blocks).reduce((text, [name, block]) => {
    const marked = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n<!-- /${name} -->)`)
    if (!marked.test(text)) throw modelError('MD_RECORD', { block: name, reason: 'the model card has no such marks' })
    return text.replace(marked, (_, open: string, close: string) => `${open}${block}${close}`)
  }, card)
}
