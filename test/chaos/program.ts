import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../gateway/package-root.js'

/** A change of compiled code: in this file, this text becomes that one. */
export interface Patch {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** @throws where the text is not there exactly once: then the patch would plant nothing, or something else */
function apply(root: string, { file, from, to }: Patch): void {
  const path = join(root, 'dist', file)
  const parts = readFileSync(path, 'utf8').split(from)
  if (parts.length !== 2) throw new Error(`${file}: the text to change is there ${parts.length - 1} times: ${from}`)
  writeFileSync(path, parts.join(to))
}

/** A copy of the compiled package, so that nobody changes it while it runs, with `patches` in it. */
export function copyProgram(folder: string, patches: readonly Patch[] = []): string {
  const here = packageRoot()
  mkdirSync(join(folder, 'dist'), { recursive: true })
  for (const part of ['gateway', 'server', 'firmware-sim', 'models']) cpSync(join(here, 'dist', part), join(folder, 'dist', part), { recursive: true })
  cpSync(join(here, 'package.json'), join(folder, 'package.json'))
  for (const part of ['node_modules', 'models', 'prisma']) symlinkSync(join(here, part), join(folder, part))
  for (const patch of patches) apply(folder, patch)
  return folder
}

/**
 * Runs the campaign in a copy of the compiled program with `patches` in it.
 * @param folder for the copy
 * @returns the summary of its last line
 * @throws where it ends without one
 */
export function runInCopy(patches: readonly Patch[], args: readonly string[], folder: string): unknown {
  const copy = mkdtempSync(join(folder, 'smart-estates-planted-'))
  try {
    copyProgram(copy, patches)
    for (const part of ['simulation', 'chaos', 'chaos-money', 'support']) {
      cpSync(join(packageRoot(), 'dist', 'test', part), join(copy, 'dist', 'test', part), { recursive: true })
    }
    const { stdout, stderr } = spawnSync(process.execPath, [join(copy, 'dist/test/chaos/main.js'), ...args], { cwd: copy, encoding: 'utf8', maxBuffer: 64 * 1_048_576 })
    const last = stdout.trim().split('\n').at(-1) ?? ''
    if (!last.startsWith('{')) throw new Error(`the campaign ended without a summary: ${stderr.slice(-2_000)}`)
    return JSON.parse(last)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** The power cut as a library to preload, or why there is none here. */
export function compilePowerCut(folder: string): { readonly library: string } | { readonly missing: string } {
  if (process.platform !== 'linux') return { missing: 'the power cut is for Linux alone' }
  const library = join(folder, 'power-cut.so')
  const source = join(packageRoot(), 'test', 'chaos', 'power-cut.c')
  const made = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl', '-lpthread'], { encoding: 'utf8' })
  if (made.error !== undefined) return { missing: 'no C compiler (cc) is installed' }
  if (made.status !== 0) throw new Error(`cc ended with ${made.status}: ${made.stderr}`)
  return { library }
}
