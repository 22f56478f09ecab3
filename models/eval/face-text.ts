import type { Halves } from './ablation.js'
import type { FaceReport } from './face-report.js'
import type { LikenessReport, Taken } from './likeness.js'
import type { Verification } from './verification.js'

export const percent = (part: number | null, digits = 2): string => (part === null ? 'too few' : `${(part * 100).toFixed(digits)} %`)
const cosineText = (value: number | null): string => (value === null ? '' : ` (cosine ${value.toFixed(3)})`)

function verificationLines(name: string, { genuinePairs, impostorPairs, tarAtFar, eer, eerThreshold }: Verification): string[] {
  return [
    `${name}: ${genuinePairs} pairs of one person, ${impostorPairs} of two; equal error rate ${percent(eer)}${cosineText(eerThreshold)}`,
    ...tarAtFar.map(({ far, tar, threshold }) => `  true accepts at false ${far.toExponential(0)}: ${percent(tar)}${cosineText(threshold)}`),
  ]
}

/** The report for people. */
export function faceText(report: FaceReport): string {
  const lines = [
    `${report.set}: ${report.images} pictures of ${report.persons} persons; no face in ${report.failedToDetect}, several in ${report.severalFaces}`
      + (report.ignoredFiles > 0 ? `; ${report.ignoredFiles} files are no pictures` : ''),
    ...report.failures.slice(0, 10).map(({ image, reason }) => `  ${image}: ${reason}`),
    ...verificationLines('All pairs', report.verification),
  ]
  if (report.acrossSessions !== null) lines.push(...verificationLines('Pairs across sessions', report.acrossSessions))
  for (const [what, results] of [['First pictures', report.openSet], ['Drawn pictures, mean', report.openSetDrawn]] as const) {
    for (const { templates, gallery, mated, nonMated, rank1, fnirAtFpir, shipped } of results) {
      lines.push(
        `${what}, ${templates} enrolled of each of ${gallery} persons; ${mated} probes of them, ${nonMated} of strangers: rank 1 ${percent(rank1)}`,
        ...fnirAtFpir.map(({ fpir, fnir, threshold }) => `  refused at strangers ${fpir.toExponential(0)}: ${percent(fnir)}${cosineText(threshold)}`),
        `  as shipped${cosineText(shipped.threshold)}: refused ${percent(shipped.fnir)}, `
          + `taken for another ${percent(shipped.misidentified)}, strangers let in ${percent(shipped.fpir)}`,
      )
    }
  }
  for (const passage of report.passages) {
    const { gallery, templates, frames, draws, threshold, residents, refusedRate, misidentified } = passage
    const { strangers, strangerPersons, strangersAccepted, accepted, acceptedRateMax } = passage
    lines.push(
      `Passages as shipped, ${gallery} enrolled, ${templates} templates, up to ${frames} pictures, ${draws} draws${cosineText(threshold)}:`,
      `  refused ${percent(refusedRate)} of ${residents}, taken for another ${misidentified}`,
      `  strangers let in ${strangersAccepted} of ${strangers} by ${strangerPersons} persons, at most ${percent(acceptedRateMax)} (95 %)`,
      ...accepted.slice(0, 10).map(({ stranger, as, times }) => `    ${stranger} as ${as}, ${times} times`),
    )
  }
  if (report.pairs !== null) {
    const { accuracy, standardError, pairs, absent, undetected, threshold } = report.pairs
    lines.push(`Pairs list: ${percent(accuracy)} ± ${percent(standardError)} of ${pairs} pairs${cosineText(threshold)}; ${absent} absent, ${undetected} without a face`)
  }
  if (report.tail !== null) {
    const { tail, fittedShape, shapeInterval, thresholds, check } = report.tail
    lines.push(
      `Strangers' tail from ${tail.from.toFixed(3)}: rate ${tail.rate.toFixed(4)} among ${tail.persons}, scale ${tail.scale.toFixed(4)}, `
        + `shape ${tail.shape.toFixed(2)}; fitted shape ${fittedShape.toFixed(2)} (95 % ${shapeInterval.map((value) => value.toFixed(2)).join(' to ')})`,
      ...thresholds.map(({ gallery, falseAcceptRate, threshold, interval }) =>
        `  ${gallery} persons, strangers ${falseAcceptRate.toExponential(0)}: cosine ${threshold.toFixed(3)} (${interval.map((value) => value.toFixed(3)).join(' to ')})`),
      ...check.map(({ gallery, rate, shown }) => `  check, ${gallery} persons: ${rate.toExponential(0)} wanted, ${shown.toExponential(1)} shown`),
    )
  }
  for (const { change, shipped, runs, tarAtFar4, fnirOne, fnirThree } of report.ablations ?? []) {
    const halves = ({ all, first, second }: Halves): string => `${percent(all)} (${percent(first)}, ${percent(second)})`
    const figures = `TAR at 1e-4 ${halves(tarAtFar4)}, FNIR at 1e-2 ${halves(fnirOne)}, three templates ${halves(fnirThree)}`
    lines.push(`${shipped ? '* ' : '  '}${change} [${runs.join('+')} runs]: ${figures}`)
  }
  if (report.likeness !== null) lines.push(...likenessLines(report.likeness))
  return lines.join('\n')
}

function likenessLines({ rows, gate }: LikenessReport): string[] {
  const taken = ({ pairs, duplicates, lookAlikes }: Taken): string => `${duplicates} duplicates and ${lookAlikes} look-alikes among ${pairs}`
  return [
    ...rows.map(({ gallery, duplicateFrom, pictures, onePerson, twoPersons }) =>
      `Enrolment among ${gallery}${cosineText(duplicateFrom)}, ${pictures.join(' and ')} pictures: of one person ${taken(onePerson)}`
        + (twoPersons === null ? '' : `, of two persons ${taken(twoPersons)}`)),
    ...gate.map(({ templates, residents, refused, strangers, letIn }) => `Passages of people whose look-alike is enrolled, ${templates} templates: `
      + `refused ${refused.usual}, with the larger lead ${refused.lead}, at a higher threshold ${refused.higher} of ${residents}; `
      + `let in as the other ${letIn.usual}, ${letIn.lead}, ${letIn.higher} of ${strangers}`),
  ]
}
