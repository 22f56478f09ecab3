#!/usr/bin/env node
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { readManifest } from '../gateway/face/model-manifest.js'
import { packageRoot } from '../gateway/package-root.js'
import { cardBlocks, withBlocks } from './card-render.js'
import { readMeasured } from './eval/measured.js'
import { MEASURED, runTool } from './eval/tool.js'

const CARD = join(packageRoot(), 'models/README.md')

const command = new Command('models:card').description('Writes what was measured (models/measured.json) into the model card.').exitOverride()

await runTool(command, async () => {
  const card = await readFile(CARD, 'utf8')
  const blocks = cardBlocks(await readMeasured(MEASURED), await readManifest(join(packageRoot(), 'models/manifest.json')))
  const next = withBlocks(card, blocks)
  if (next !== card) await writeFile(CARD, next)
  console.log(next === card ? 'models/README.md says what was measured' : `models/README.md written: ${Object.keys(blocks).join(', ')}`)
})
