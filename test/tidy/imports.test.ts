import { describe, expect, it } from 'vitest'
import { packageOf, reach, sourceFiles, target, type SourceFile } from './source-tree.js'

const files = new Map(sourceFiles().map((file) => [file.path, file]))

interface Ban {
  /** Files that the ban speaks of. */
  readonly from: RegExp
  readonly except?: RegExp
  /** What they must not reach, directly or through other files of ours. */
  readonly never: RegExp
  /** Type-only imports count too (a direct look). */
  readonly typesToo?: boolean
}

const LEAVES = 'gateway/(contract|kernel)/'
const BANS: Record<string, Ban> = {
  'contract imports TypeBox and kernel only': { from: /^gateway\/contract\//, never: /^(?!typebox($|\/)|gateway\/(contract|kernel)\/)/, typesToo: true },
  'kernel imports node: only': { from: /^gateway\/kernel\//, never: /^(?!node:|gateway\/kernel\/)/, typesToo: true },
  'gateway knows no server, Prisma, simulator or test': { from: /^gateway\//, except: /^gateway\/desk\/web\//, never: /^(server|prisma|firmware-sim|test)\/|^@?prisma/, typesToo: true },
  'server knows of the gateway only contract and kernel': { from: /^server\//, never: new RegExp(`^gateway/(?!(contract|kernel)/)|^firmware-sim/|^test/`), typesToo: true },
  'simulator knows of ours only contract and kernel': { from: /^firmware-sim\//, never: new RegExp(`^(?!${LEAVES}|firmware-sim/)(gateway|server|prisma|models|test)/`), typesToo: true },
  'face is pure': { from: /^gateway\/face\//, never: /^gateway\/(broker|capture|access|device|store|sync|contract|enrol|ops|config)/, typesToo: true },
  'access has ports only': { from: /^gateway\/access\//, never: /^gateway\/(broker|store|sync|capture|enrol|ops)\// },
  'access takes types of face only': { from: /^gateway\/access\//, never: /^gateway\/face\/(?!types\.ts$)/, typesToo: true },
  'nothing at a gate knows what a till does': {
    from: /^gateway\/(access|face|capture|alarm|orders|enrol)\//, never: /^gateway\/payment\/|^gateway\/contract\/till-(messages|api)/, typesToo: true,
  },
  'access has no payment input': { from: /^gateway\/access\//, never: /payment|billing|arrears|ledger|rent/, typesToo: true },
  'who may pass is decided without money': {
    from: /^server\/(household|permit|rule|credential|visitor|consent|roster|resident|estate|sync)\//, never: /^server\/(payment|billing|ledger|treasury|reconciliation|money)\/|arrears/, typesToo: true,
  },
  'pure parts have no I/O': { from: /(-machine|-rules|\/policy|\/match|\/money)\.ts$/, never: /^node:(fs|http|https|net|tls|child_process|worker_threads)|^fastify|^mqtt|repository|kernel\/clock/ },
  'web has no server code': { from: /^server\/web\//, never: /^node:|^server\/(?!web\/)|^gateway\/(?!contract\/)/, typesToo: true },
  'the desk\'s page knows of ours only the kit': { from: /^gateway\/desk\/web\//, never: /^node:|^server\/(?!web\/kit\/)|^gateway\/(?!desk\/web\/)/, typesToo: true },
  'payment channels know no order, ledger, billing or database': { from: /^server\/payment\/channel\//, never: /^server\/(ledger|billing|db)\/|order/ },
  'no way in knows what is owed': { from: /^server\/(permit|roster|credential|visitor|rule|order|gate-state|sync|resident|estate|household|access-log)\//, never: /^server\/(billing|payment|ledger|message)\//, typesToo: true },
  'ledger knows no payment, billing or reconciliation': { from: /^server\/ledger\//, never: /^server\/(payment|billing|reconciliation)\// },
}

/** One folder or file owns each technology. */
const OWNERS: Record<string, RegExp> = {
  aedes: /^gateway\/broker\//,
  mqtt: /^(firmware-sim|gateway\/broker)\//,
  'onnxruntime-node': /^gateway\/face\/session\.ts$|^models\//,
  '@julusian/jpeg-turbo': /^gateway\/face\/decode\.ts$/,
  sharp: /^gateway\/face\/(decode|portrait)\.ts$|^firmware-sim\//,
  sqlite3: /^gateway\/store\//,
  '@prisma/client': /^server\/db\/|-repository\.ts$/,
  '@prisma/adapter-libsql': /^server\/db\//,
  '@libsql/client': /^server\/db\//,
  libsql: /^server\/db\//,
  typescript: /^$/,
}

const WORDS: Array<{ word: RegExp; owner: RegExp; why: string }> = [
  { word: /process\.env/, owner: /(^|\/)config\.ts$|^models\/build|^prisma\//, why: 'the environment is read in config only' },
  { word: /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomUUID\(|performance\.now\(/, owner: /^gateway\/kernel\/|^models\/|^server\/web\/|^gateway\/desk\/web\//, why: 'time and randomness are injected from the kernel' },
  { word: /\bas any\b|@ts-ignore|@ts-nocheck|\benum [A-Z]/, owner: /^$/, why: 'no escape from types' },
]

const chainText = (chain: readonly string[]): string => chain.join(' → ')

function violations(ban: Ban): string[] {
  const out: string[] = []
  for (const file of files.values()) {
    if (!ban.from.test(file.path) || ban.except?.test(file.path)) continue
    for (const [place, chain] of reach(files, file.path)) if (ban.never.test(place)) out.push(chainText(chain))
    if (ban.typesToo === true) {
      for (const specifier of file.typeImports) {
        const place = target(file.path, specifier)
        if (ban.never.test(place)) out.push(`${file.path} → (type) ${place}`)
      }
    }
  }
  return out
}

describe('imports that must never exist', () => {
  for (const [name, ban] of Object.entries(BANS)) it(name, () => expect(violations(ban)).toEqual([]))

  it('sees a forbidden import through another file', () => {
    const fake = (path: string, imports: string[]): [string, SourceFile] => [path, { path, text: '', lines: 1, imports, typeImports: [], functions: [] }]
    const tree = new Map([fake('gateway/face/a.ts', ['./b.js']), fake('gateway/face/b.ts', ['../store/c.js']), fake('gateway/store/c.ts', ['sqlite3'])])
    expect([...reach(tree, 'gateway/face/a.ts').keys()]).toEqual(['gateway/face/b.ts', 'gateway/store/c.ts', 'sqlite3'])
  })

  it('each technology has one owner', () => {
    const wrong = [...files.values()].flatMap((file) => [...file.imports, ...file.typeImports]
      .filter((specifier) => OWNERS[packageOf(specifier)] !== undefined && !(OWNERS[packageOf(specifier)] as RegExp).test(file.path))
      .map((specifier) => `${file.path} imports ${specifier}`))
    expect(wrong).toEqual([])
  })

  it('routes import no repository, and no feature imports the repository of another', () => {
    const wrong: string[] = []
    for (const file of files.values()) {
      for (const specifier of file.imports) {
        const place = target(file.path, specifier)
        if (!place.endsWith('repository.ts')) continue
        const feature = (path: string): string => path.split('/').slice(0, 2).join('/')
        if (/routes\.ts$/.test(file.path) || (feature(file.path) !== feature(place) && !/^server\/(app|main)\.ts$/.test(file.path))) wrong.push(`${file.path} → ${place}`)
      }
    }
    expect(wrong).toEqual([])
  })

  for (const { word, owner, why } of WORDS) {
    it(`${word.source}: ${why}`, () => {
      const code = (file: SourceFile): string => file.text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
      expect([...files.values()].filter((file) => !owner.test(file.path) && word.test(code(file))).map((file) => file.path)).toEqual([])
    })
  }
})
