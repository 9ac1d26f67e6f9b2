import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildConsole, isConsoleStale } from '#lib/supervisor/console-build.ts'
import { installBrowserElsewhere } from './support/browser.ts'
import { installMissingPrograms, TEST_PROGRAMS } from './support/programs.ts'
import { type Outcome, playwrightOutcome, vitestOutcome } from './support/test-outcome.ts'

// Everything that has to hold, in the order in which a failure is cheapest to learn of. Ends with one line of counts.

const directory = mkdtempSync(join(tmpdir(), 'fairlead-test-'))

/** Runs one of the project's tools on the Node that runs this, its output going to the terminal. */
function run(tool: string, args: string[], env: Record<string, string> = {}): boolean {
  const child = spawnSync(join('node_modules', '.bin', tool), args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return child.status === 0
}

function check(name: string, tool: string, args: string[]): Outcome {
  console.log(`\n== ${name}`)
  return run(tool, args) ? { passed: 1, failures: [] } : { passed: 0, failures: [name] }
}

/** A run that fails has failures, whatever its report says. */
function outcome(name: string, ok: boolean, reported: Outcome | null): Outcome {
  const { passed, failures } = reported ?? { passed: 0, failures: [] }
  return { passed, failures: ok || failures.length > 0 ? failures : [name] }
}

function vitest(project: string): Outcome {
  const name = `vitest, ${project}`
  console.log(`\n== ${name}`)
  const report = join(directory, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const ok = run('vitest', ['run', '--project', project, ...reporters])
  return outcome(name, ok, vitestOutcome(report))
}

function playwright(): Outcome {
  console.log('\n== playwright')
  const report = join(directory, 'playwright.json')
  const args = ['test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json']
  const ok = run('playwright', args, { PLAYWRIGHT_JSON_OUTPUT_FILE: report })
  return outcome('playwright', ok, playwrightOutcome(report))
}

async function build(): Promise<Outcome> {
  if (!isConsoleStale()) return { passed: 0, failures: [] }
  console.log('\n== build')
  try {
    await buildConsole()
    return { passed: 1, failures: [] }
  } catch (error) {
    return { passed: 0, failures: [`build\n${(error as Error).message}`] }
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
const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failures = results.flatMap((result) => result.failures)
// Again and last, so that whoever sees only the end of a long log knows what failed.
if (failures.length > 0) console.log(`\n== failed\n${failures.join('\n\n')}`)
console.log(`\n${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1
