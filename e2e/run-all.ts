import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildConsole, isConsoleStale } from '#lib/supervisor/console-build.ts'
import { installMissingPrograms, TEST_PROGRAMS } from '#lib/testing/programs/programs.ts'
import { installBrowserElsewhere } from './support/browser.ts'
import type { Report } from './test-run/report.ts'
import { retryFailures } from './test-run/retry.ts'
import { runTests, type Suite } from './test-run/run-tests.ts'
import {
  PLAYWRIGHT,
  VITEST_CLIENTS,
  VITEST_CLUSTER,
  VITEST_INTEGRATION,
  VITEST_STACK,
  VITEST_UNIT,
} from './test-run/suites.ts'
import { type Check, summarize } from './test-run/summary.ts'

// Runs all checks and suites, fastest first. The last line has the counts.

/** Runs a tool of the project on this Node. */
function check(name: string, tool: string, args: string[]): Check {
  console.log(`\n== ${name}`)
  const child = spawnSync(join('node_modules', '.bin', tool), args, {
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  })
  const text = `${child.stdout ?? ''}${child.stderr ?? ''}${child.error?.message ?? ''}`
  process.stdout.write(text)
  return { name, passed: child.status === 0, text }
}

async function build(): Promise<Check[]> {
  if (!isConsoleStale()) return []
  console.log('\n== build')
  try {
    await buildConsole()
    return [{ name: 'build', passed: true, text: '' }]
  } catch (error) {
    return [{ name: 'build', passed: false, text: (error as Error).message }]
  }
}

async function run(suite: Suite): Promise<{ suite: Suite; report: Report }> {
  console.log(`\n== ${suite.name}`)
  return { suite, report: await runTests(suite) }
}

installMissingPrograms(TEST_PROGRAMS)
installBrowserElsewhere()
const checks = [
  check('types', 'tsc', ['--noEmit']),
  check('lint', 'biome', ['check', '.', '--max-diagnostics=none']),
]
const results = [await run(VITEST_UNIT), await run(VITEST_INTEGRATION)]
checks.push(...(await build()))
for (const suite of [VITEST_STACK, VITEST_CLIENTS, VITEST_CLUSTER, PLAYWRIGHT]) {
  results.push(await run(suite))
}
const { text, ok } = summarize(checks, await retryFailures(results))
console.log(text)
process.exitCode = ok ? 0 : 1
