import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const PROJECT = join(import.meta.dirname, '..', '..')

const VITEST_CONFIG = `
export default { test: { projects: [{ test: {
  name: 'small', include: ['*.test.ts'], globals: true, isolate: false, maxWorkers: 2, testTimeout: 60_000,
  tags: [{ name: 'in-order' }],
} }] } }
`

const PLAYWRIGHT_CONFIG = `
export default { testMatch: '*.spec.ts', workers: 1, projects: [{ name: 'wide' }, { name: 'narrow' }] }
`

/** Notes in a file, so that the retry of a small suite knows about the first run. */
const NOTES = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const path = join(import.meta.dirname, 'notes')

/** How often \`what\` has been noted, this time included. */
export function note(what: string): number {
  appendFileSync(path, what + '\\n')
  return readFileSync(path, 'utf8').split('\\n').filter((line) => line === what).length
}
`

/** Writes a small suite for either tool into a temporary directory. */
export function writeSmallSuite(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'fairlead-suite-'))
  const all = {
    'package.json': '{ "type": "module" }',
    'vitest.config.ts': VITEST_CONFIG,
    'playwright.config.ts': PLAYWRIGHT_CONFIG,
    'notes.ts': NOTES,
    notes: '',
    ...files,
  }
  for (const [name, text] of Object.entries(all)) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'))
  return {
    root,
    /** The notes of its tests, in order. */
    notes: () => readFileSync(join(root, 'notes'), 'utf8').split('\n').slice(0, -1),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
