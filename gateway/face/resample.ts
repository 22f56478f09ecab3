import type { ImageInput } from './manifest-schema.js'
import type { Picture, Rect } from './picture.js'

/** From this many source pixels to one on, a mean of spread samples is taken in place of interpolation, against aliasing. */
export const SPREAD_FROM_SCALE = 3

/** Samples per axis for one output value: two source pixels apart, which costs what interpolation does at scale 4. */
export const samplesPerAxis = (scale: number): number => (scale < SPREAD_FROM_SCALE ? 1 : Math.min(16, Math.round(scale / 2)))

/** Where the three colours go in the tensor, and how a byte becomes a float. */
export interface PixelWriter {
  /** Offsets of the planes; all are the same for luma. */
  readonly red: number
  readonly green: number
  readonly blue: number
  readonly luma: boolean
  readonly factor: number
  readonly offset: number
}

export function pixelWriter({ width, height, channels, subtract, divide }: ImageInput): PixelWriter {
  const plane = width * height
  const planes = { RGB: [0, plane, 2 * plane], BGR: [2 * plane, plane, 0], luma: [0, 0, 0] }[channels] as [number, number, number]
  return { red: planes[0], green: planes[1], blue: planes[2], luma: channels === 'luma', factor: 1 / divide, offset: -subtract / divide }
}

/** Luma weights of ITU-R BT.601. */
const LUMA_RED = 0.299
const LUMA_GREEN = 0.587
const LUMA_BLUE = 0.114

export interface Resampler {
  /**
   * Fills the window of the tensor at (`x`, `y`) with `source`, bilinear, edge pixels continued outside the picture.
   * The rest of the tensor stays as it is.
   */
  into(tensor: Float32Array, picture: Picture, source: Rect, window: { x: number; y: number; width: number; height: number }): void
}

/** Resamples axis-parallel rectangles for one net. Keeps its tables; one call at a time. */
export function createResampler(input: ImageInput): Resampler {
  const writer = pixelWriter(input)
  const columns = createAxis(input.width)
  const rows = createAxis(input.height)
  return {
    into(tensor, picture, source, window) {
      const scaleX = source.width / window.width
      const scaleY = source.height / window.height
      const samples = samplesPerAxis(Math.max(scaleX, scaleY))
      if (samples === 1) {
        fillLinear(columns, source.left, scaleX, window.width, picture.width)
        fillLinear(rows, source.top, scaleY, window.height, picture.height)
        interpolate(tensor, picture, { columns, rows, writer, rowLength: input.width, window })
      } else {
        const spreadColumns = spread(source.left, scaleX, window.width, picture.width, samples)
        const spreadRows = spread(source.top, scaleY, window.height, picture.height, samples)
        average(tensor, picture, { columns: spreadColumns, rows: spreadRows, samples, writer, rowLength: input.width, window })
      }
    },
  }
}

/** For each output index the two source indices and the weight of the second. */
interface Axis {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly weight: Float32Array
}

const createAxis = (length: number): Axis =>
  ({ first: new Int32Array(length), second: new Int32Array(length), weight: new Float32Array(length) })

function fillLinear(axis: Axis, origin: number, scale: number, count: number, limit: number): void {
  for (let i = 0; i < count; i++) {
    const at = origin + (i + 0.5) * scale - 0.5
    const floor = Math.floor(at)
    axis.first[i] = Math.min(Math.max(floor, 0), limit - 1)
    axis.second[i] = Math.min(Math.max(floor + 1, 0), limit - 1)
    axis.weight[i] = at - floor
  }
}

/** `samples` source indices for each output index, evenly over the span that it stands for. */
function spread(origin: number, scale: number, count: number, limit: number, samples: number): Int32Array {
  const indices = new Int32Array(count * samples)
  for (let i = 0; i < indices.length; i++) {
    const at = Math.floor(origin + ((i + 0.5) * scale) / samples)
    indices[i] = Math.min(Math.max(at, 0), limit - 1)
  }
  return indices
}

interface Job {
  readonly writer: PixelWriter
  /** Floats in one row of a plane. */
  readonly rowLength: number
  readonly window: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
}

function interpolate(tensor: Float32Array, picture: Picture, job: Job & { columns: Axis; rows: Axis }): void {
  const { columns, rows, window, rowLength } = job
  const { red, green, blue, luma, factor, offset } = job.writer
  const pixels = pixelReader(picture)
  const { width } = picture
  for (let y = 0; y < window.height; y++) {
    const upper = (rows.first[y] as number) * width
    const lower = (rows.second[y] as number) * width
    const down = rows.weight[y] as number
    let to = (window.y + y) * rowLength + window.x
    for (let x = 0; x < window.width; x++, to++) {
      const left = columns.first[x] as number
      const right = columns.second[x] as number
      const across = columns.weight[x] as number
      const a = pixels.getUint32((upper + left) * 3, true)
      const b = pixels.getUint32((upper + right) * 3, true)
      const c = pixels.getUint32((lower + left) * 3, true)
      const d = pixels.getUint32((lower + right) * 3, true)
      const wb = across * (1 - down)
      const wc = (1 - across) * down
      const wd = across * down
      const wa = 1 - wb - wc - wd
      const r = (a & 255) * wa + (b & 255) * wb + (c & 255) * wc + (d & 255) * wd
      const g = ((a >>> 8) & 255) * wa + ((b >>> 8) & 255) * wb + ((c >>> 8) & 255) * wc + ((d >>> 8) & 255) * wd
      const l = ((a >>> 16) & 255) * wa + ((b >>> 16) & 255) * wb + ((c >>> 16) & 255) * wc + ((d >>> 16) & 255) * wd
      if (luma) {
        tensor[to] = (r * LUMA_RED + g * LUMA_GREEN + l * LUMA_BLUE) * factor + offset
      } else {
        tensor[red + to] = r * factor + offset
        tensor[green + to] = g * factor + offset
        tensor[blue + to] = l * factor + offset
      }
    }
  }
}

/** Reads a pixel with one access: red in the low byte. The last one's needs a byte behind the picture, which is copied where it has none. */
function pixelReader({ data }: Picture): DataView {
  if (data.byteOffset + data.byteLength < data.buffer.byteLength) return new DataView(data.buffer, data.byteOffset, data.byteLength + 1)
  const copy = new Uint8Array(data.byteLength + 1)
  copy.set(data)
  return new DataView(copy.buffer)
}

type Spread = Job & { readonly columns: Int32Array; readonly rows: Int32Array; readonly samples: number }

/** Red and blue of a pixel side by side: sums of at most 16 × 16 bytes stay below 2^16, so that they are added up in one word. */
const RED_AND_BLUE = 0xff00ff

function average(tensor: Float32Array, picture: Picture, job: Spread): void {
  const pixels = pixelReader(picture)
  const columnBytes = job.columns.map((column) => column * 3)
  const rowBytes = job.rows.map((row) => row * picture.width * 3)
  const fill = job.samples === 2 ? averageOfFour : job.samples === 3 ? averageOfNine : averageOfMany
  fill(tensor, pixels, { ...job, columns: columnBytes, rows: rowBytes })
}

/** The commonest case by itself, without inner loops: twice as quick. Offsets are bytes. */
function averageOfFour(tensor: Float32Array, pixels: DataView, { columns, rows, window, rowLength, writer }: Spread): void {
  const factor = writer.factor / 4
  for (let y = 0; y < window.height; y++) {
    const upper = rows[2 * y] as number
    const lower = rows[2 * y + 1] as number
    let to = (window.y + y) * rowLength + window.x
    for (let x = 0; x < window.width; x++, to++) {
      const left = columns[2 * x] as number
      const right = columns[2 * x + 1] as number
      const a = pixels.getUint32(upper + left, true)
      const b = pixels.getUint32(upper + right, true)
      const c = pixels.getUint32(lower + left, true)
      const d = pixels.getUint32(lower + right, true)
      const redAndBlue = (a & RED_AND_BLUE) + (b & RED_AND_BLUE) + (c & RED_AND_BLUE) + (d & RED_AND_BLUE)
      const green = ((a >>> 8) & 255) + ((b >>> 8) & 255) + ((c >>> 8) & 255) + ((d >>> 8) & 255)
      put(tensor, to, redAndBlue, green, writer, factor)
    }
  }
}

const redsAndBlues = (a: number, b: number, c: number): number => (a & RED_AND_BLUE) + (b & RED_AND_BLUE) + (c & RED_AND_BLUE)
const greens = (a: number, b: number, c: number): number => ((a >>> 8) & 255) + ((b >>> 8) & 255) + ((c >>> 8) & 255)

/** As `averageOfFour`, for what a camera of 1920 × 1080 gives. */
function averageOfNine(tensor: Float32Array, pixels: DataView, { columns, rows, window, rowLength, writer }: Spread): void {
  const factor = writer.factor / 9
  for (let y = 0; y < window.height; y++) {
    const upper = rows[3 * y] as number
    const middle = rows[3 * y + 1] as number
    const lower = rows[3 * y + 2] as number
    let to = (window.y + y) * rowLength + window.x
    for (let x = 0; x < window.width; x++, to++) {
      const left = columns[3 * x] as number
      const centre = columns[3 * x + 1] as number
      const right = columns[3 * x + 2] as number
      const a = pixels.getUint32(upper + left, true)
      const b = pixels.getUint32(upper + centre, true)
      const c = pixels.getUint32(upper + right, true)
      const d = pixels.getUint32(middle + left, true)
      const e = pixels.getUint32(middle + centre, true)
      const f = pixels.getUint32(middle + right, true)
      const g = pixels.getUint32(lower + left, true)
      const h = pixels.getUint32(lower + centre, true)
      const i = pixels.getUint32(lower + right, true)
      put(tensor, to, redsAndBlues(a, b, c) + redsAndBlues(d, e, f) + redsAndBlues(g, h, i), greens(a, b, c) + greens(d, e, f) + greens(g, h, i), writer, factor)
    }
  }
}

function averageOfMany(tensor: Float32Array, pixels: DataView, { columns, rows, samples, window, rowLength, writer }: Spread): void {
  const factor = writer.factor / (samples * samples)
  for (let y = 0; y < window.height; y++) {
    let to = (window.y + y) * rowLength + window.x
    for (let x = 0; x < window.width; x++, to++) {
      let redAndBlue = 0
      let green = 0
      for (let v = y * samples; v < (y + 1) * samples; v++) {
        const row = rows[v] as number
        for (let u = x * samples; u < (x + 1) * samples; u++) {
          const pixel = pixels.getUint32(row + (columns[u] as number), true)
          redAndBlue += pixel & RED_AND_BLUE
          green += (pixel >>> 8) & 255
        }
      }
      put(tensor, to, redAndBlue, green, writer, factor)
    }
  }
}

function put(tensor: Float32Array, to: number, redAndBlue: number, g: number, { red, green, blue, luma, offset }: PixelWriter, factor: number): void {
  const r = redAndBlue & 0xffff
  const b = redAndBlue >>> 16
  if (luma) {
    tensor[to] = (r * LUMA_RED + g * LUMA_GREEN + b * LUMA_BLUE) * factor + offset
  } else {
    tensor[red + to] = r * factor + offset
    tensor[green + to] = g * factor + offset
    tensor[blue + to] = b * factor + offset
  }
}
