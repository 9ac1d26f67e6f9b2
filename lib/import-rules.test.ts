import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Which of our modules each module may import, itself always. ARCHITECTURE.md, "The modules, and who may import whom". */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'lib/core': [],
  'lib/process': [],
  'lib/protocol': ['lib/core'],
  'lib/runtime': ['lib/core', 'lib/protocol', 'lib/process'],
  'lib/node': ['lib/core', 'lib/protocol', 'lib/process', 'lib/runtime'],
  'lib/control-plane': ['lib/core', 'lib/protocol', 'lib/process'],
  'lib/network': ['lib/core', 'lib/protocol', 'lib/process'],
  'lib/supervisor': [
    'lib/core',
    'lib/protocol',
    'lib/process',
    'lib/node',
    'lib/runtime',
    'lib/control-plane',
    'lib/network',
  ],
  'lib/bff': ['lib/core', 'lib/protocol', 'lib/process'],
  'lib/client': ['lib/core'],
  'components/ui': [],
  components: ['components/ui', 'lib/client', 'lib/core'],
  app: ['components', 'components/ui', 'lib/client', 'lib/bff', 'lib/core'],
}

/** Packages that a module may import, where that is limited. Its tests may import any. */
const MAY_IMPORT_PACKAGES: Record<string, readonly string[]> = {
  'lib/core': ['zod', 're2js'],
  'lib/protocol': ['zod', 'node:crypto', 'node:os'],
}

/** Test support that more than one module or `e2e` uses. */
const TESTING = 'lib/testing'

/** What `e2e` may import besides itself. */
const E2E_MAY_IMPORT: Record<string, readonly string[]> = {
  'e2e/bench': [TESTING, 'lib/core', 'lib/protocol', 'lib/process', 'lib/runtime'],
  'e2e/matrix': [TESTING, 'lib/runtime', 'e2e/bench'],
  'e2e/promises': [TESTING, 'lib/protocol', 'lib/runtime', 'e2e/bench'],
  // The supervisor for its build of the console.
  e2e: [TESTING, 'lib/core', 'lib/protocol', 'lib/supervisor'],
}

/** Tests of an agreement between two modules, and the module that each may import in addition. */
const AGREEMENTS: Record<string, string> = {
  'components/docs/reference.test.ts': 'lib/control-plane',
  'lib/control-plane/plan/accepted.test.ts': 'lib/runtime',
}

const MODULES = [...Object.keys(MAY_IMPORT), ...Object.keys(E2E_MAY_IMPORT), TESTING]
MODULES.sort((a, b) => b.length - a.length)

function moduleOf(path: string): string | undefined {
  return MODULES.find((module) => path.startsWith(`${module}/`))
}

/** Whether a file is a test, or support that only the tests beside it use. */
function isTest(file: string): boolean {
  return /\.test\.tsx?$|\/testing\//.test(file) && moduleOf(file) !== TESTING
}

/** The modules that a file may import besides its own. */
function allowedFor(file: string, module: string): readonly string[] {
  if (module.startsWith('e2e')) return ['e2e', ...(E2E_MAY_IMPORT[module] ?? [])]
  if (module === TESTING) {
    // `lib/testing/runtime` is support for tests of `lib/runtime`, and imports what that may import.
    const subject = `lib/${file.split('/')[2]}`
    return subject in MAY_IMPORT ? [subject, ...(MAY_IMPORT[subject] ?? [])] : []
  }
  const own = MAY_IMPORT[module] ?? []
  if (!isTest(file)) return own
  return [...own, TESTING, ...(AGREEMENTS[file]?.split(' ') ?? [])]
}

/** Every module specifier that a file names: `import`, `export … from`, `import()`. */
function specifiers(source: string): string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"\n]+)['"]/g
  return [...source.matchAll(pattern)].map((match) => match[1] as string)
}

/** The path in the project that a specifier names, or null for a package or a Node module. */
function targetOf(specifier: string, file: string): string | null {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier))
  return null
}

/** Why a file must not import a specifier; null if it may. */
function violation(file: string, module: string, specifier: string): string | null {
  const target = targetOf(specifier, file)
  if (target === null) {
    const packages = isTest(file) ? undefined : MAY_IMPORT_PACKAGES[module]
    const isAllowed = !packages || packages.includes(specifier)
    return isAllowed ? null : `${file} imports package ${specifier}`
  }
  const imported = moduleOf(target)
  if (!imported) return /\.(css|json|svg)$/.test(target) ? null : `${file} imports ${target}`
  if (isTest(target) && !isTest(file)) return `${file} imports ${target}, which is for tests`
  if (imported === module || allowedFor(file, module).includes(imported)) return null
  return `${file} (${module}) imports ${target} (${imported})`
}

function violations(file: string, source: string): string[] {
  const module = moduleOf(file)
  if (!module) return [`${file} is in no module`]
  return specifiers(source).flatMap((specifier) => violation(file, module, specifier) ?? [])
}

// `lib/*.test.ts` test the repository and are in no module.
const files = globSync('{app,components,lib/*,e2e}/**/*.{ts,tsx,mjs}')
const product = files.filter((file) => !isTest(file) && !/^(e2e|lib\/testing)\//.test(file))
const ofTests = files.filter((file) => !product.includes(file))

describe('import rules', () => {
  test.each([
    ['product code', product],
    ['tests, their support and e2e', ofTests],
  ])('every import of %s goes down the dependency direction', (_, group) => {
    expect(group.length).toBeGreaterThan(300)
    expect(group.flatMap((file) => violations(file, readFileSync(file, 'utf8')))).toEqual([])
  })

  test('every exemption is needed', () => {
    const unneeded = Object.entries(AGREEMENTS).filter(([file, modules]) => {
      const source = readFileSync(file, 'utf8')
      return modules.split(' ').some((module) => !source.includes(`#${module}/`))
    })
    expect(unneeded).toEqual([])
  })

  test.each([
    ['lib/runtime/tcp.ts', "import { x } from '#lib/control-plane/http/app.ts'"],
    ['lib/core/lb.ts', "import pino from 'pino'"],
    ['components/ui/button.tsx', "import '#components/lb/list/lb-list.tsx'"],
    ['lib/client/x.ts', "await import('#lib/bff/y.ts')"],
    ['lib/runtime/tcp.ts', "import { x } from '#lib/testing/runtime/running-lb.ts'"],
    ['components/lb/x.tsx', "import { x } from './testing/y.ts'"],
    ['lib/node/x.ts', "import { x } from './y.test.ts'"],
    ['app/page.tsx', "import { x } from '../e2e/support/z.ts'"],
    ['lib/runtime/tcp.test.ts', "import { x } from '#lib/control-plane/http/app.ts'"],
    ['lib/runtime/tcp.integration.test.ts', "import { x } from '../../e2e/support/z.ts'"],
    ['components/x.test.tsx', "import { x } from '#lib/supervisor/nodes.ts'"],
    ['lib/testing/runtime/x.ts', "import { x } from '#lib/control-plane/http/app.ts'"],
    ['lib/testing/wait.ts', "import { x } from '#lib/runtime/backend.ts'"],
    ['lib/testing/node/x.ts', "import { x } from '../../../e2e/support/z.ts'"],
    ['e2e/stack/x.test.ts', "import { x } from '#lib/runtime/backend.ts'"],
    ['e2e/matrix/x.ts', "import { x } from '#lib/control-plane/http/app.ts'"],
    ['e2e/support/x.ts', "import { x } from '#components/ui/button.tsx'"],
  ])('%s must not %s', (file, source) => {
    expect(violations(file, source)).toHaveLength(1)
  })

  test.each([
    ['lib/runtime/tcp.test.ts', "import { x } from '#lib/testing/runtime/running-lb.ts'"],
    ['lib/core/lb.test.ts', "import fc from 'fast-check'"],
    ['components/x.test.tsx', "import { x } from './testing/y.ts'"],
    ['lib/testing/supervisor/x.ts', "import { x } from '#lib/control-plane/settings.ts'"],
    ['e2e/matrix/x.ts', "import { x } from '../support/y.ts'"],
  ])('%s may %s', (file, source) => {
    expect(violations(file, source)).toEqual([])
  })
})
