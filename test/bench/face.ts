import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock.js'
import { seededRandom } from '#kernel/random.js'
import { createDecoder } from '../../gateway/face/decode.js'
import type { Gallery } from '../../gateway/face/gallery.js'
import { faceSettings } from '../../gateway/face/model-manifest.js'
import { NET_ROLES, type NetRole } from '../../gateway/face/manifest-schema.js'
import { openFaceNets } from '../../gateway/face/nets.js'
import { createFacePipeline } from '../../gateway/face/pipeline.js'
import { openNet } from '../../gateway/face/session.js'
import { createTiledGallery } from '../../gateway/face/tiled-gallery.js'
import { STAGES, type StageTimings } from '../../gateway/face/types.js'
import { packageRoot } from '../../gateway/package-root.js'
import { FRAME_SIZES, cameraFrame, type FrameSize } from './face-frames.js'
import { openHumanChain } from './human-chain.js'
import { flopsOf, matMulModel } from './onnx-cost.js'
import { openOpenCvChain } from './opencv-chain.js'
import { ORIGINALS, openPlainChain, prepareOriginals } from './plain-chain.js'
import { gaussianUnit } from './synthetic.js'
import { interleave, round, spread, type Spread } from './timing.js'

const MANIFEST = join(packageRoot(), 'models', 'manifest.json')
const FACE = 's1-a'
const GALLERY_PERSONS = 10_000
const MATMUL_SIDE = 512

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

async function openShipped() {
  const faceNets = await openFaceNets(MANIFEST)
  const { dimensions } = faceNets.info
  const gallery: Gallery = createTiledGallery(dimensions)
  const random = seededRandom(1).float
  for (let person = 0; person < GALLERY_PERSONS; person++) gallery.setPerson(`synthetic-${person}`, [gaussianUnit(random, new Float32Array(dimensions))])
  // The pictures show photographs, which need not pass for live: every stage shall run.
  const settings = faceSettings(faceNets.manifest, { livenessMin: 0 })
  const pipeline = createFacePipeline({ faceNets, settings, gallery, clock: systemClock })
  const enrol = await pipeline.embed(await cameraFrame(FACE, FRAME_SIZES[1] as FrameSize))
  if (enrol.kind !== 'template') throw new Error(`the picture cannot be enrolled: ${enrol.detail}`)
  gallery.setPerson('resident', [enrol.embedding])
  gallery.permit('gate', ['resident', ...Array.from({ length: GALLERY_PERSONS }, (_, person) => `synthetic-${person}`)])
  return { faceNets, pipeline, gallery, template: enrol.embedding }
}

/** GFLOP/s of one thread, at best, from the runtime's own matrix product. */
async function openPeak() {
  const shape = [MATMUL_SIDE, MATMUL_SIDE]
  const net = await openNet(matMulModel(MATMUL_SIDE), { input: { name: 'a', shape }, outputs: [{ name: 'c', shape }] })
  net.input.fill(0.5)
  return { run: () => net.run(), gflopsAt: (ms: number) => (2 * MATMUL_SIDE ** 3) / ms / 1e6, close: net.close }
}

export interface FaceBenchOptions {
  readonly rounds: number
  /** Peers cost most of the time. */
  readonly peers: boolean
}

/** The shipped chain beside a plain one, beside others' parts, and beside what the machine could do at best. */
export async function benchFace({ rounds, peers }: FaceBenchOptions) {
  const shipped = await openShipped()
  const peak = await openPeak()
  const plain = await openPlainChain(await prepareOriginals())
  const human = peers ? await openHumanChain() : { absent: 'not asked for' }
  const opencv = peers ? await openOpenCvChain(ORIGINALS, MANIFEST) : { absent: 'not asked for' }
  const folder = mkdtempSync(join(tmpdir(), 'bench-face-'))
  const flops = Object.fromEntries(NET_ROLES.map((role) => {
    const net = shipped.faceNets.manifest.nets[role]
    return [role, flopsOf(readFileSync(join(packageRoot(), 'models', net.file)), net.input)]
  })) as Record<NetRole, number>
  const sizes = []
  try {
    for (const size of FRAME_SIZES) sizes.push(await benchSize(size, { shipped, peak, plain, human, opencv, folder, rounds }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await Promise.all([shipped.faceNets.close(), peak.close(), plain.close(), 'absent' in human ? undefined : human.close()])
    if (!('absent' in opencv)) opencv.close()
  }
  // The machine's best moment in the whole run: a neighbour that takes the core away must not make the bound easier.
  const gflops = peak.gflopsAt(Math.min(...sizes.map(({ ms }) => ms['peak']?.min ?? Infinity)))
  const flopsMs = Object.values(flops).reduce((a, b) => a + b) / gflops / 1e6
  return {
    threads: 1, peakGflops: round(gflops), flopsMs: round(flopsMs), galleryRows: GALLERY_PERSONS + 1, megaFlops: Object.fromEntries(Object.entries(flops).map(([role, count]) => [role, round(count / 1e6)])),
    human: 'absent' in human ? human.absent : `tfjs-${human.backend}`, opencv: 'absent' in opencv ? opencv.absent : opencv.version,
    sizes: sizes.map((size) => ({ ...size, ...besideBound(size.ms, flopsMs) })),
  }
}

/** The bound is the arithmetic at the measured peak, the decoder's best time and one read of the gallery. */
function besideBound(ms: Record<string, Spread>, flopsMs: number) {
  const [decodeMs, galleryReadMs] = [ms['decode']?.min ?? Number.NaN, ms['galleryRead']?.min ?? Number.NaN]
  const boundMs = flopsMs + decodeMs + galleryReadMs
  const per = (shipped: number | undefined): number => round((shipped ?? Number.NaN) / boundMs)
  return { bound: { ms: round(boundMs), decodeMs, galleryReadMs }, shippedPerBound: per(ms['shipped']?.p50), shippedMinPerBound: per(ms['shipped']?.min) }
}

type Absent = { readonly absent: string }
interface Parts {
  readonly shipped: Awaited<ReturnType<typeof openShipped>>
  readonly peak: Awaited<ReturnType<typeof openPeak>>
  readonly plain: Awaited<ReturnType<typeof openPlainChain>>
  readonly human: Exclude<Awaited<ReturnType<typeof openHumanChain>>, Absent> | Absent
  readonly opencv: Exclude<Awaited<ReturnType<typeof openOpenCvChain>>, Absent> | Absent
  readonly folder: string
  readonly rounds: number
}

async function benchSize(size: FrameSize, parts: Parts) {
  const { shipped, peak, plain, human, opencv, rounds } = parts
  const { nets } = shipped.faceNets
  const jpeg = await cameraFrame(FACE, size)
  const file = join(parts.folder, `${size.width}.jpg`)
  writeFileSync(file, jpeg)
  const decoder = createDecoder()
  // A byte for each value: what must be read at least, since the shipped search is exact and reads no more of most rows.
  const unread = Buffer.alloc((GALLERY_PERSONS + 1) * shipped.template.length, 2)
  const stages: Record<string, number[]> = {}
  const analyse = async () => {
    const outcome = await shipped.pipeline.analyse({ image: jpeg, galleryKey: 'gate' })
    if (outcome.kind !== 'matched') throw new Error(`the shipped chain: ${JSON.stringify(outcome)}`)
    for (const [stage, ms] of Object.entries(outcome.timings as StageTimings)) (stages[stage] ??= []).push(ms)
    return undefined
  }
  const { spreads, ratio } = await interleave({
    shipped: analyse,
    plain: async () => void await plain.embed(jpeg),
    ...('absent' in opencv ? {} : { opencv: () => opencv.run(file) }),
    ...('absent' in human ? {} : { human: async () => void await human.run(jpeg) }),
    peak: () => peak.run(),
    decode: () => void decoder.frame(jpeg),
    galleryRead: () => void unread.includes(1),
    ...Object.fromEntries(NET_ROLES.map((role) => [`net-${role}`, () => nets[role].run()])),
  }, rounds)
  const p50 = (name: string): number => spreads[name]?.p50 ?? Number.NaN
  const agree = async () => ({
    plain: round(dot(await plain.embed(jpeg), shipped.template)),
    ...('absent' in opencv ? {} : { opencv: round(dot((await opencv.run(file)).embedding, shipped.template)) }),
  })
  return {
    frame: `${size.width}x${size.height}`, jpegBytes: jpeg.length, ms: spreads,
    shippedPerPlain: ratio('shipped', 'plain'), shippedPerHuman: 'absent' in human ? null : ratio('shipped', 'human'),
    shippedPerOpenCv: 'absent' in opencv ? null : ratio('shipped', 'opencv'),
    stages: Object.fromEntries(STAGES.filter((stage) => stages[stage] !== undefined).map((stage) => [stage, spread(stages[stage]?.slice(2) ?? [])])),
    outsideNetsMs: round(p50('shipped') - p50('decode') - NET_ROLES.reduce((sum, role) => sum + p50(`net-${role}`), 0)),
    /** Cosine to the shipped template: all chains look at the same face. */
    cosines: await agree(),
  }
}
