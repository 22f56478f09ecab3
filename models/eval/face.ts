#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { systemClock } from '#kernel/clock.js'
import { seededRandom } from '#kernel/random.js'
import { readManifest } from '../../gateway/face/model-manifest.js'
import { limitsFor } from '../../gateway/face/threshold.js'
import { ABLATION_RECIPES } from './ablation.js'
import { readFaceSet } from './face-set.js'
import { faceReport } from './face-report.js'
import { faceText } from './face-text.js'
import type { Look } from './look.js'
import { lookAtAll } from './look-all.js'
import { circumstances, record } from './measured.js'
import { parsePairs } from './pairs-protocol.js'
import { pipelineDigest } from './pipeline-digest.js'
import { RECIPES, type RecipeName } from './recipes.js'
import { commandText, runTool, toolCommand, wholeFrom, type ToolOptions } from './tool.js'

interface Options extends ToolOptions {
  readonly root: string
  readonly pairs?: string
  readonly templates: number
  readonly gallery: number
  readonly frames: number
  readonly draws: number
  readonly sessionField?: number
  readonly tail?: true
  readonly ablations?: true
  readonly likeness?: true
}

const SEED = 20_260_101

const command = toolCommand('face:eval', 'How well the shipped pipeline tells the persons of a labelled set apart: 1:1, 1:N among strangers, whole passages.', 'auto')
  .requiredOption('--root <folder>', 'holds <person>/<picture>')
  .option('--pairs <file>', 'list of the LFW protocol: adds its ten-fold accuracy')
  .option('--templates <k>', 'pictures enrolled of each person; 1 is measured besides', wholeFrom(1), 3)
  .option('--gallery <n>', 'persons enrolled in the trial of whole passages', wholeFrom(1), 500)
  .option('--frames <n>', 'pictures of one passage, at most', wholeFrom(1), 5)
  .option('--draws <n>', 'random choices of enrolled pictures and galleries; 0 leaves these trials out', wholeFrom(0), 10)
  .option('--session-field <n>', 'field of the file names, between underscores and counted from 1, that names the session: adds pairs across sessions', wholeFrom(1))
  .option('--ablations', 'also measure every change that was tried, each on all persons and on two halves of them')
  .option('--likeness', 'how many duplicates and look-alikes enrolment finds, and what look-alikes cost at a gate')
  .option('--tail', 'fit the tail of strangers\' scores that thresholds are taken from')

await runTool(command, async () => {
  const options = command.opts<Options>()
  const set = await readFaceSet(options.root)
  const pairs = options.pairs === undefined ? undefined : parsePairs(await readFile(options.pairs, 'utf8'))
  const manifest = await readManifest(options.manifest)
  const deps = { manifestPath: options.manifest, cacheDir: options.cache, threads: options.threads, clock: systemClock, out: process.stderr }
  const common = { padding: options.pad, choice: options.faces }
  const gate = await lookAtAll(deps, set.images, { ...common, recipe: 'gate' }, 'faces as a gate sees them')
  const enrol = await lookAtAll(deps, set.images, { ...common, recipe: 'enrol' }, 'faces as enrolment sees them')

  const looks: Partial<Record<RecipeName, readonly Look[]>> = { gate, enrol }
  for (const recipe of options.ablations === true ? ABLATION_RECIPES : []) looks[recipe] ??= await lookAtAll(deps, set.images, { ...common, recipe }, RECIPES[recipe].says)

  const field = options.sessionField
  const report = faceReport(set, { ...looks, gate, enrol }, {
    templates: [...new Set([1, options.templates])],
    draws: options.draws,
    passages: { gallery: options.gallery, frames: options.frames, draws: options.draws },
    pairs,
    sessionOf: field === undefined ? undefined : (file) => file.split('/').at(-1)?.split('_')[field - 1],
    tail: options.tail === true,
    ablations: options.ablations === true,
    likeness: options.likeness === true ? manifest.settings : null,
  }, (gallerySize) => limitsFor(gallerySize, manifest.settings), () => seededRandom(SEED))

  if (options.record !== undefined) {
    await record(options.measured, options.record, {
      tool: 'face:eval', command: commandText('face:eval'), ...circumstances(systemClock), modelId: manifest.modelId,
      pipeline: await pipelineDigest(manifest, { ...common, recipe: 'gate' }),
      result: { ...report, failures: [], passages: report.passages.map((passage) => ({ ...passage, accepted: [] })) },
    })
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : `${faceText(report)}\n`)
})
