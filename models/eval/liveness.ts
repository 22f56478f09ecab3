#!/usr/bin/env node
import { systemClock } from '#kernel/clock.js'
import { readManifest } from '../../gateway/face/model-manifest.js'
import { readFaceSet } from './face-set.js'
import { percent } from './face-text.js'
import { livenessReport, type LivenessFigures, type LivenessReport, type LookedAt } from './liveness-report.js'
import { lookAtAll } from './look-all.js'
import { circumstances, record } from './measured.js'
import { pipelineDigest } from './pipeline-digest.js'
import { commandText, runTool, toolCommand, wholeFrom, type ToolOptions } from './tool.js'

interface Options extends ToolOptions {
  readonly live: string
  readonly attack: readonly string[]
  readonly frames?: number
}

const command = toolCommand('face:liveness', 'How often attacks pass for live faces, and live faces do not, at the shipped thresholds; by kind of attack.', '0')
  .requiredOption('--live <folder>', 'holds <person>/<picture> of live faces; recordings are told apart by the file names without their last number')
  .requiredOption('--attack <folder...>', 'the same of one kind of attack; may be given several times')
  .option('--frames <n>', 'pictures of one passage; by default as many as the gateway looks at', wholeFrom(1))

await runTool(command, async () => {
  const options = command.opts<Options>()
  const manifest = await readManifest(options.manifest)
  const lookOptions = { padding: options.pad, choice: options.faces, recipe: 'gate' } as const
  const deps = { manifestPath: options.manifest, cacheDir: options.cache, threads: options.threads, clock: systemClock, out: process.stderr }
  const lookedAt = async (root: string): Promise<LookedAt> => {
    const set = await readFaceSet(root)
    return { set, looks: await lookAtAll(deps, set.images, lookOptions, set.name) }
  }
  const live = await lookedAt(options.live)
  const attacks: LookedAt[] = []
  for (const root of options.attack) attacks.push(await lookedAt(root))
  const report = await livenessReport(live, attacks, options.frames ?? manifest.settings.framesMax, manifest.settings)
  if (options.record !== undefined) {
    await record(options.measured, options.record, {
      tool: 'face:liveness', command: commandText('face:liveness'), ...circumstances(systemClock), modelId: manifest.modelId,
      pipeline: await pipelineDigest(manifest, lookOptions), result: report,
    })
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : `${livenessText(report)}\n`)
})

function livenessText({ frames, livenessMin, livenessEarly, live, attacks }: LivenessReport): string {
  const head = ({ set, pictures, persons, withoutFace, bursts }: LivenessFigures): string =>
    `${set}: ${pictures} pictures of ${persons} persons (${withoutFace} without a face), ${bursts} bursts of ${frames}`
  const rates = ({ picture, burst, passage }: LivenessFigures['live']): string =>
    `one picture ${percent(picture, 1)}, mean of ${frames} ${percent(burst, 1)}, passage ${percent(passage, 1)}`
  const persons = ({ byPerson }: LivenessFigures, refused: boolean): string[] => byPerson.map(({ person, bursts, passage }) =>
    `    ${person}: ${percent(refused ? 1 - passage : passage, 1)} of ${bursts} passages`)
  return [
    `at probability ${livenessMin}, one frame alone ${livenessEarly} log-odds more`,
    head(live), `  live refused (BPCER): ${rates(live.bpcer)}; let in after ${live.framesToLive?.toFixed(1) ?? '–'} pictures`, ...persons(live, true),
    ...attacks.flatMap((attack) => [
      head(attack), `  attacks let in (APCER): ${rates(attack.apcer)}`, ...persons(attack, false),
      `  equal error rate: one picture ${percent(attack.eer.picture.rate, 1)} at ${attack.eer.picture.threshold.toFixed(3)}, `
        + `mean of ${frames} ${percent(attack.eer.burst.rate, 1)} at ${attack.eer.burst.threshold.toFixed(3)}`,
    ]),
  ].join('\n')
}
