// Writes prisma/<dialect>/schema.prisma: that dialect's header.prisma followed by the one model source, which is
// models.prisma and, where there are any, the files of models/ in the order of their names.
// Plain JavaScript without dependencies: it runs before anything is compiled.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const features = existsSync(at('models')) ? readdirSync(at('models')).filter((name) => name.endsWith('.prisma')).sort() : []
const models = ['models.prisma', ...features.map((name) => `models/${name}`)].map((path) => readFileSync(at(path), 'utf8')).join('\n')

for (const entry of readdirSync(at('.'), { withFileTypes: true })) {
  if (!entry.isDirectory() || !existsSync(at(`${entry.name}/header.prisma`))) continue
  const header = readFileSync(at(`${entry.name}/header.prisma`), 'utf8')
  const schema = `// Written by prisma/render.mjs from header.prisma, ../models.prisma and ../models/; edit those.\n${header}\n${models}`
  const target = at(`${entry.name}/schema.prisma`)
  // An unchanged file keeps its time, so that whoever compares times sees nothing to do.
  if (!existsSync(target) || readFileSync(target, 'utf8') !== schema) writeFileSync(target, schema)
}
