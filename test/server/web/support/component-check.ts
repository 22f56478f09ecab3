import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compileScript } from 'vue/compiler-sfc'
import { type WebFile, descriptorOf, filesIn } from './web-sources.js'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))

interface Call {
  readonly type: string
  readonly callee?: { readonly name?: string }
  readonly arguments?: readonly Call[]
  readonly typeParameters?: { readonly params: ReadonlyArray<{ readonly start: number; readonly end: number }> }
  readonly expression?: Call
  readonly declarations?: ReadonlyArray<{ readonly init?: Call | null }>
}

/** The type between the brackets of `defineProps<…>()`, as it is written. */
function propsType(code: string, statements: readonly Call[]): string {
  for (const statement of statements) {
    for (const call of [statement.expression, ...(statement.declarations ?? []).map((declaration) => declaration.init)]) {
      const params = call?.callee?.name === 'defineProps' ? call.typeParameters?.params : undefined
      if (params?.[0] !== undefined) return code.slice(params[0].start, params[0].end)
    }
  }
  return '{}'
}

/**
 * A component as the plain TypeScript that it compiles to, template included. The compiler types a component's own
 * props as `any`; here they get the type that the component declares.
 */
function asTypeScript(file: WebFile): string {
  const descriptor = descriptorOf(file)
  if (descriptor.scriptSetup === null) return 'export default {}\n'
  const script = compileScript(descriptor, { id: file.path, inlineTemplate: true, templateOptions: { compilerOptions: { mode: 'module' } } })
  const props = propsType(descriptor.scriptSetup.content, (script.scriptSetupAst ?? []) as readonly Call[])
  // The compiler leaves a component's own type parameters undeclared: what is passed in for them is not looked at here.
  const generic = descriptor.scriptSetup.attrs['generic']
  const parameters = typeof generic === 'string' ? generic.split(',').map((name) => `type ${name.trim().split(' ')[0]} = any\n`).join('') : ''
  return parameters + narrowed(script.content)
    .replace('setup(__props: any', `setup(__props: Readonly<${props}>`)
    // Vue publishes no types for these two makers of two-way bindings.
    .replace(/^(.*)mergeModels as _mergeModels, (.*)$/m, '$1$2\ndeclare const _mergeModels: (props: unknown, models: unknown) => any')
    .replaceAll(/_useModel<(.+?)>\(__props, [^)]*\)/g, "(null as unknown as import('vue').Ref<$1>)")
    .replaceAll(/(from\s+'[^']+)\.vue'/g, "$1.vue.js'")
}

/** Reads every ref of the template once into a constant: a check in `v-if` then holds for what stands under it. */
function narrowed(code: string): string {
  const at = code.search(/return \(_ctx: any,\s*_cache: any\) => \{/)
  if (at < 0) return code
  const render = code.slice(at)
  const names = [...new Set([...render.matchAll(/_unref\((\w+)\)/g)].map((match) => match[1] as string))]
  const constants = names.map((name) => `const ${name}__now = _unref(${name});`).join('')
  return code.slice(0, at) + render.replaceAll(/_unref\((\w+)\)/g, '$1__now').replace('=> {', `=> {${constants}`)
}

/**
 * Complaints of the compiler about scripts and templates of all components; empty where there are none.
 * @param folders of the repository whose components they are
 */
export async function checkComponents(...folders: string[]): Promise<string[]> {
  const out = join(ROOT, 'dist', `check-${folders.join('-').replaceAll('/', '-')}`)
  rmSync(out, { recursive: true, force: true })
  for (const folder of folders) {
    for (const file of filesIn(join(ROOT, folder), '.vue')) {
      const path = join(out, folder, `${file.path}.ts`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, asTypeScript(file))
    }
  }
  writeFileSync(join(out, 'tsconfig.json'), JSON.stringify({
    extends: '../../tsconfig.web.json',
    // What the template compiler makes is not written for these two; the sources' own settings hold otherwise.
    compilerOptions: { rootDir: '../..', rootDirs: ['.', '../..'], noUnusedLocals: false, noUnusedParameters: false, exactOptionalPropertyTypes: false, noImplicitAny: false },
    include: [...folders, '../../server/web/*.d.ts'],
    exclude: [],
  }))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const run = promisify(execFile)(process.execPath, [tsc, '-p', join(out, 'tsconfig.json'), '--pretty', 'false'], { cwd: ROOT, maxBuffer: 1e7 })
  const output = await run.then(() => '', (error: { stdout?: string }) => error.stdout ?? String(error))
  return output.split('\n').filter((line) => line.trim() !== '')
}
