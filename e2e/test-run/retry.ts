import {
  type Failure,
  failuresOf,
  nameOf,
  passedIn,
  passedInFile,
  selectionFor,
} from './failures.ts'
import type { Report } from './report.ts'
import { runTests, type Suite } from './run-tests.ts'

/** With more failures than this the cause is not chance, and retrying them would take too long. */
export const RETRIES_MAX = 50

/** A failure and the result of its retry; null if it was not retried. */
export type Retried = { failure: Failure; retry: { passed: boolean; text: string } | null }

/** The results of all suites after the retry. */
export type Outcome = {
  /** Keys of the tests that passed, in the first run or the retry. */
  passed: Set<string>
  failed: Retried[]
  flaky: Retried[]
}

/** Retries failures, one test at a time, after everything else has ended. */
export async function retryFailures(results: { suite: Suite; report: Report }[]): Promise<Outcome> {
  const passed = new Set(results.flatMap(({ suite, report }) => passedIn(suite, report)))
  const failures = results.map(({ suite, report }) => failuresOf(suite, report))
  const count = failures.flat().length
  if (count > RETRIES_MAX) {
    const failed = failures.flat().map((failure) => ({ failure, retry: null }))
    return { passed, failed, flaky: [] }
  }
  const tried: Retried[] = []
  for (const [index, { suite }] of results.entries()) {
    const own = failures[index] ?? []
    if (own.length === 0) continue
    console.log(`\n== ${suite.name}: retrying failures, alone`)
    const report = await runTests(suite, { files: selectionFor(own), alone: true })
    for (const failure of own) {
      const retry = verdict(failure, report)
      tried.push({ failure, retry })
      if (retry.passed) for (const key of passedBy(failure, report)) passed.add(key)
    }
  }
  return {
    passed,
    failed: tried.filter(({ retry }) => !retry?.passed),
    flaky: tried.filter(({ retry }) => retry?.passed),
  }
}

/** It passed if exactly the failed tests ran, and nothing around them failed. */
function verdict({ suite, file, test }: Failure, report: Report): NonNullable<Retried['retry']> {
  const failures = failuresOf(suite, report)
  const around = failures.filter(
    (other) =>
      other.file === null ||
      file === null ||
      (other.file.file === file.file &&
        (test === null || other.test === null || other.test.id === test.id)),
  )
  if (around.length > 0) {
    const texts = around.map((other) => {
      const own = other.file === null || other.test === null || other.test.id === test?.id
      return own ? other.text : `${nameOf(other)}: failed, too`
    })
    return { passed: false, text: texts.join('\n\n') }
  }
  const ran = (file ? [report.files.get(file.file)] : [...report.files.values()])
    .flatMap((of) => of?.tests ?? [])
    .filter(({ state, id, name }) => {
      return state === 'passed' && (!test || (id === test.id && name === test.name))
    })
  if (ran.length === 0) return { passed: false, text: 'It did not run again.' }
  const seconds = ran.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000
  const printed = ran.map(({ output }) => output).join('')
  const passed = `Passed in ${seconds.toFixed(1)} s.`
  return { passed: true, text: printed === '' ? passed : `${passed} It printed:\n${printed}` }
}

function passedBy({ suite, file, test }: Failure, report: Report): string[] {
  if (!file) return passedIn(suite, report)
  const again = report.files.get(file.file)
  if (!again) return []
  const tests = test ? again.tests.filter(({ id }) => id === test.id) : again.tests
  return passedInFile(suite, { ...again, tests })
}
