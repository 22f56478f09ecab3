import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FaceReport } from '../../../models/eval/face-report.js'
import type { LivenessReport } from '../../../models/eval/liveness-report.js'
import { KNOWN_FACES, photoOf, type KnownFace } from '../../gateway/face/support/demo-faces.js'
import { compiled } from '../../support/compiled.js'
import { tempDir } from '../../support/temp-dir.js'

/** Runs a tool as a person would. */
function run(tool: string, ...args: string[]): { stdout: string; status: number; stderr: string } {
  const script = compiled(`models/eval/${tool}.js`)
  try {
    return { stdout: execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }), status: 0, stderr: '' }
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
    return { status, stdout, stderr }
  }
}

/** Four persons in three sizes each, four with one picture, and one picture without a face. */
async function writeSet(root: string): Promise<void> {
  const put = async (person: string, name: string, face: KnownFace, height: number): Promise<void> => {
    mkdirSync(join(root, person), { recursive: true })
    writeFileSync(join(root, person, name), await photoOf(face, height))
  }
  for (const [index, at] of [6, 7, 13, 18].entries()) {
    for (const [number, height] of [220, 180, 140].entries()) await put(`Known_${index}`, `Known_${index}_000${number + 1}.jpg`, KNOWN_FACES[at] as KnownFace, height)
  }
  for (const [index, at] of [14, 19, 20].entries()) await put(`Alone_${index}`, `Alone_${index}_0001.jpg`, KNOWN_FACES[at] as KnownFace, 200)
  mkdirSync(join(root, 'Nobody'), { recursive: true })
  writeFileSync(join(root, 'Nobody', 'Nobody_0001.jpg'), 'no picture')
  writeFileSync(join(root, 'Nobody', 'notes.txt'), 'x')
}

describe('face:eval', () => {
  it('measures a folder, keeps what it saw, goes on where it was broken off, and records for the card', async () => {
    const home = tempDir()
    const root = join(home, 'set')
    await writeSet(root)
    const pairs = ['2 2', ...['Known_0 1 2', 'Known_1 1 3', 'Known_0 1 Known_1 1', 'Known_2 1 Known_3 1'], ...['Known_2 1 2', 'Known_3 1 3', 'Known_0 2 Known_2 2', 'Known_1 1 Alone_9 1']]
    writeFileSync(join(home, 'pairs.txt'), pairs.join('\n'))
    const args = ['--root', root, '--pairs', join(home, 'pairs.txt'), '--templates', '2', '--draws', '2', '--gallery', '3', '--cache', join(home, 'cache'), '--json']
    const first = run('face', ...args, '--record', 'made-up', '--measured', join(home, 'measured.json'))
    expect(first.stderr).toBe('')
    const report = JSON.parse(first.stdout) as FaceReport
    expect(report).toMatchObject({
      set: 'set', images: 16, persons: 8, ignoredFiles: 1, failedToDetect: 1, failures: [{ image: 'Nobody/Nobody_0001.jpg', reason: 'neither JPEG nor PNG nor WebP' }],
      verification: { genuinePairs: 12, impostorPairs: 93 }, pairs: { pairs: 7, absent: 1, undetected: 0, accuracy: 1 }, tail: null, ablations: null,
    })
    expect(report.verification.eer ?? 1).toBeLessThan(0.02)
    expect(report.openSet.map(({ templates, gallery, mated, nonMated, rank1 }) => [templates, gallery, mated, nonMated, rank1])).toEqual([[1, 4, 8, 4, 1], [2, 4, 4, 4, 1]])
    expect(report.passages.map(({ gallery, templates, frames }) => [gallery, templates, frames])).toEqual([[3, 1, 1], [3, 1, 5], [3, 2, 1], [3, 2, 5]])
    for (const passage of report.passages) expect(passage).toMatchObject({ residents: 6, misidentified: 0, strangersAccepted: 0, accepted: [] })

    const kept = readdirSync(join(home, 'cache')).map((file) => join(home, 'cache', file))
    expect(kept).toHaveLength(2)
    const recorded = JSON.parse(readFileSync(join(home, 'measured.json'), 'utf8')) as Record<string, unknown>
    expect(recorded['made-up']).toMatchObject({ tool: 'face:eval', command: `npm run face:eval -- --root ${root} --pairs ${join(home, 'pairs.txt')} --templates 2 --draws 2 --gallery 3`, result: { failures: [] } })

    // As if the run had ended in the middle of a line: the rest is looked at again, with the same figures.
    for (const file of kept) truncateSync(file, Math.floor(statSync(file).size * 0.6))
    expect(JSON.parse(run('face', ...args).stdout)).toEqual(report)
    rmSync(join(root, 'Nobody', 'notes.txt'))
    expect(JSON.parse(run('face', ...args).stdout)).toEqual({ ...report, ignoredFiles: 0 })
  })

  it('says what is wrong with a command, and exits with 2', () => {
    expect(run('face')).toMatchObject({ status: 2, stderr: expect.stringContaining('--root') })
    expect(run('face', '--root', '/nowhere')).toMatchObject({ status: 2, stderr: expect.stringContaining('/nowhere') })
    expect(run('face', '--root', '.', '--pad', 'much')).toMatchObject({ status: 2, stderr: expect.stringContaining('much') })
    expect(run('face', '--root', '.', '--templates', '0')).toMatchObject({ status: 2, stderr: expect.stringContaining('whole number') })
  })
})

describe('face:liveness', () => {
  it('takes live faces for live, and gives attacks figures of their own', async () => {
    const home = tempDir()
    await writeSet(join(home, 'live'))
    await writeSet(join(home, 'attack'))
    const { stdout } = run('liveness', '--live', join(home, 'live'), '--attack', join(home, 'attack'), '--frames', '3', '--cache', join(home, 'cache'), '--json')
    const report = JSON.parse(stdout) as LivenessReport
    expect(report.live).toMatchObject({ set: 'live', pictures: 16, withoutFace: 1, bursts: 7 })
    // The same pictures on both sides: what is let in here is refused there.
    expect(report.attacks).toHaveLength(1)
    expect(report.attacks[0]?.apcer.passage).toBeCloseTo(1 - report.live.bpcer.passage, 12)
    expect(report.live.live.picture).toBeGreaterThan(0.4)
  })
})
