import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../../server/package-root.js'

/** All files of the one model source, in the order in which they are rendered. */
export async function modelSource(): Promise<string> {
  const folder = join(packageRoot(), 'prisma')
  const features = (await readdir(join(folder, 'models')).catch(() => [])).filter((name) => name.endsWith('.prisma')).sort()
  const texts = await Promise.all(['models.prisma', ...features.map((name) => `models/${name}`)].map((path) => readFile(join(folder, path), 'utf8')))
  return texts.join('\n')
}
