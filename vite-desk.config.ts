import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vite'
import pages from './vite.config.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The page of an estate's desk, which the gateway delivers from `dist/desk`; built as the server's pages are. */
export default mergeConfig(pages, defineConfig({ root: here('gateway/desk/web'), publicDir: here('server/web/public'), build: { outDir: here('dist/desk') } }))
