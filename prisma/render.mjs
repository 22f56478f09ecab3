// Writes prisma/<dialect>/schema.prisma: that dialect's header.prisma followed by the one model source.
// Plain JavaScript without dependencies: it runs before anything is compiled.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const models = readFileSync(at('models.prisma'), 'utf8')

for (const entry of readdirSync(at('.'), { withFileTypes: true })) {
  if (!entry.isDirectory() || !existsSync(at(`${entry.name}/header.prisma`))) continue
  const header = readFileSync(at(`${entry.name}/header.prisma`), 'utf8')
  const schema = `// Written by prisma/render.mjs from header.prisma and ../models.prisma; edit those.\n${header}\n${models}`
  const target = at(`${entry.name}/schema.prisma`)
  // An unchanged file keeps its time, so that whoever compares times sees nothing to do.
  if (!existsSync(target) || readFileSync(target, 'utf8') !== schema) writeFileSync(target, schema)
}
