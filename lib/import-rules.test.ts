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
  'lib/supervisor': [
    'lib/core',
    'lib/protocol',
    'lib/process',
    'lib/node',
    'lib/runtime',
    'lib/control-plane',
  ],
  'lib/bff': ['lib/core', 'lib/process'],
  'lib/client': ['lib/core'],
  'components/ui': [],
  components: ['components/ui', 'lib/client', 'lib/core'],
  app: ['components', 'components/ui', 'lib/client', 'lib/bff', 'lib/core'],
}

/** Packages that a module may import, where that is limited. */
const MAY_IMPORT_PACKAGES: Record<string, readonly string[]> = {
  'lib/core': ['zod', 're2js'],
  'lib/protocol': ['zod', 'node:os'],
}

const MODULES = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length)

function moduleOf(path: string): string | undefined {
  return MODULES.find((module) => path.startsWith(`${module}/`))
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

const files = globSync('{app,components,lib}/**/*.{ts,tsx,mjs}').filter(
  (file) => !/\.test\.tsx?$/.test(file),
)

function violations(file: string, source: string): string[] {
  const module = moduleOf(file)
  if (!module) return [`${file} is in no module`]
  return specifiers(source).flatMap((specifier) => {
    const target = targetOf(specifier, file)
    if (target === null) {
      const packages = MAY_IMPORT_PACKAGES[module]
      if (!packages || packages.includes(specifier)) return []
      return [`${file} imports package ${specifier}`]
    }
    const imported = moduleOf(target)
    if (!imported) return /\.(css|json|svg)$/.test(target) ? [] : [`${file} imports ${target}`]
    if (imported === module || MAY_IMPORT[module]?.includes(imported)) return []
    return [`${file} (${module}) imports ${target} (${imported})`]
  })
}

describe('import rules', () => {
  test('every import goes down the dependency direction', () => {
    expect(files.length).toBeGreaterThan(10)
    expect(files.flatMap((file) => violations(file, readFileSync(file, 'utf8')))).toEqual([])
  })

  test('a wrong import is found', () => {
    const wrong = "import { x } from '#lib/control-plane/app.ts'"
    expect(violations('lib/runtime/tcp.ts', wrong)).toHaveLength(1)
    expect(violations('lib/core/lb.ts', "import pino from 'pino'")).toHaveLength(1)
    expect(violations('components/ui/button.tsx', "import '../lb-list.tsx'")).toHaveLength(1)
    expect(violations('lib/client/x.ts', "await import('#lib/bff/y.ts')")).toHaveLength(1)
  })
})
