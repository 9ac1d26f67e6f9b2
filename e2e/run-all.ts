import { spawn } from 'node:child_process'
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
  VITEST_POSTGRES,
  VITEST_PROMISES,
  VITEST_STACK,
  VITEST_UNIT,
} from './test-run/suites.ts'
import { type Check, summarize } from './test-run/summary.ts'

// Runs all checks and suites. The last line has the counts.

/** Runs a tool of the project on this Node. Prints its output when it has ended, because a suite prints beside it. */
async function check(name: string, tool: string, args: string[]): Promise<Check> {
  const child = spawn(join('node_modules', '.bin', tool), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve).once('error', (error) => {
      text += error.message
      resolve(null)
    })
  })
  process.stdout.write(`\n== ${name}\n${text}`)
  return { name, passed: code === 0, text }
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

async function run(suite: Suite): Promise<void> {
  console.log(`\n== ${suite.name}`)
  results.push({ suite, report: await runTests(suite) })
}

const checks: Check[] = []
const results: { suite: Suite; report: Report }[] = []

/** Keeps the cores busy while unit tests wait. */
async function runBesideUnitTests(): Promise<void> {
  checks.push(await check('types', 'tsc', ['--noEmit']))
  checks.push(await check('lint', 'biome', ['check', '.', '--max-diagnostics=none']))
  checks.push(...(await build()))
  await run(VITEST_CLIENTS)
}

installMissingPrograms(TEST_PROGRAMS)
installBrowserElsewhere()
await Promise.all([run(VITEST_UNIT), runBesideUnitTests()])
for (const suite of [
  VITEST_INTEGRATION,
  VITEST_PROMISES,
  VITEST_POSTGRES,
  VITEST_STACK,
  VITEST_CLUSTER,
  PLAYWRIGHT,
]) {
  await run(suite)
}
const { text, ok } = summarize(checks, await retryFailures(results))
console.log(text)
process.exitCode = ok ? 0 : 1
