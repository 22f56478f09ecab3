import { defineConfig } from 'prisma/config'

/** For the Prisma CLI only; the server takes its database from its own config file. */
export default defineConfig({
  schema: 'prisma/sqlite/schema.prisma',
  migrations: { path: 'prisma/sqlite/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'file:./.data/prisma-cli.db' },
})
