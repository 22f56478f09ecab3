import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Tests of our modules: none of them keeps state, so the files that a worker runs share what they import. */
const MODULES = 'test/{contract,gateway,prisma,server,simulation,support}/**/*.test.ts'
/** Those among them that start native threads or processes, or read the process itself, have a process of their own. */
const ALONE = ['test/**/config.test.ts', 'test/server/process.test.ts', 'test/gateway/{backup,face}/**/*.test.ts', 'test/gateway/broker/hostile.test.ts']

/** Small files that take long. Without times of an earlier run the largest files come first, and these would run on alone at the end. */
const LONG = /(hostile-device|npm-start|own-broker|power-cuts|process)\.test\.ts$/

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return [...sorted.filter(({ moduleId }) => LONG.test(moduleId)), ...sorted.filter(({ moduleId }) => !LONG.test(moduleId))]
  }
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^#contract\/(.*)\.js$/, replacement: `${root}gateway/contract/$1.ts` },
      { find: /^#kernel\/(.*)\.js$/, replacement: `${root}gateway/kernel/$1.ts` },
    ],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A page is looked at until it shows what it should: on a loaded machine that may be long after the click.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    pool: 'forks',
    // Half of the time goes into waiting for processes and browsers: one more than the two cores of the smallest machine.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    projects: [
      { extends: true, test: { name: 'modules', include: [MODULES], exclude: ALONE, isolate: false } },
      { extends: true, test: { name: 'alone', include: ALONE } },
      { extends: true, test: { name: 'rest', include: ['test/**/*.test.ts'], exclude: [MODULES], isolate: false } },
    ],
  },
})
