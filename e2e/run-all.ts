import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildConsole, isConsoleStale } from '#lib/supervisor/console-build.ts'
import { installBrowserElsewhere } from './support/browser.ts'
import { installMissingPrograms, TEST_PROGRAMS } from './support/programs.ts'

// Everything that has to hold, in the order in which a failure is cheapest to learn of. Ends with one line of counts.

type Counts = { passed: number; failed: number }

const directory = mkdtempSync(join(tmpdir(), 'fairlead-test-'))

/** Runs one of the project's tools on the Node that runs this, its output going to the terminal. */
function run(tool: string, args: string[], env: Record<string, string> = {}): boolean {
  const child = spawnSync(join('node_modules', '.bin', tool), args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return child.status === 0
}

function check(name: string, tool: string, args: string[]): Counts {
  console.log(`\n== ${name}`)
  return run(tool, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

function vitest(project: string): Counts {
  console.log(`\n== vitest, ${project}`)
  const report = join(directory, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const ok = run('vitest', ['run', '--project', project, ...reporters])
  const counts = readJson(report) as { numPassedTests: number; numFailedTests: number } | null
  const failed = counts?.numFailedTests ?? 0
  // A file that could not even be loaded fails the run without failing a test.
  return { passed: counts?.numPassedTests ?? 0, failed: ok ? failed : Math.max(failed, 1) }
}

function playwright(): Counts {
  console.log('\n== playwright')
  const report = join(directory, 'playwright.json')
  const args = ['test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json']
  const ok = run('playwright', args, { PLAYWRIGHT_JSON_OUTPUT_FILE: report })
  const stats = (
    readJson(report) as { stats: { expected: number; unexpected: number; flaky: number } } | null
  )?.stats
  const failed = (stats?.unexpected ?? 0) + (stats?.flaky ?? 0)
  return { passed: stats?.expected ?? 0, failed: ok ? failed : Math.max(failed, 1) }
}

async function build(): Promise<Counts> {
  if (!isConsoleStale()) return { passed: 0, failed: 0 }
  console.log('\n== build')
  try {
    await buildConsole()
    return { passed: 1, failed: 0 }
  } catch (error) {
    console.error((error as Error).message)
    return { passed: 0, failed: 1 }
  }
}

installMissingPrograms(TEST_PROGRAMS)
installBrowserElsewhere()
const results = [
  check('types', 'tsc', ['--noEmit']),
  check('lint', 'biome', ['check', '.']),
  vitest('unit'),
  vitest('integration'),
  await build(),
  vitest('stack'),
  playwright(),
]
rmSync(directory, { recursive: true, force: true })
const passed = results.reduce((sum, counts) => sum + counts.passed, 0)
const failed = results.reduce((sum, counts) => sum + counts.failed, 0)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
