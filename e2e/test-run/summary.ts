import { nameOf } from './failures.ts'
import type { Outcome, Retried } from './retry.ts'
import { RETRIES_MAX } from './retry.ts'

/** The number of flaky tests that a run may have. */
const FLAKY_MAX = 5

/** A check of the whole project, such as the types. If it failed, its output is in the log above. */
export type Check = { name: string; passed: boolean; text: string }

/** The end of the log of a test run, and whether the run passed. */
export function summarize(checks: Check[], outcome: Outcome): { text: string; ok: boolean } {
  const { passed, failed, flaky } = outcome
  const failedChecks = checks.filter((check) => !check.passed)
  const failures = [
    ...failedChecks.map(({ name, text }) => section(name, [text])),
    ...failed.map(retriedText),
    ...(flaky.length > FLAKY_MAX
      ? [
          `${flaky.length} tests passed only when retried. The limit is ${FLAKY_MAX}. See "flaky" above.`,
        ]
      : []),
  ]
  const notRetried = failed.some(({ retry }) => retry === null)
  const lines = [
    ...(flaky.length > 0
      ? [`== flaky: failed, and passed when retried alone\n${flaky.map(retriedText).join('\n\n')}`]
      : []),
    // Last, so that the end of a long log shows what failed.
    ...(failures.length > 0 ? [`== failed\n${failures.join('\n\n')}`] : []),
    ...(notRetried ? [`More than ${RETRIES_MAX} failed: none was retried.`] : []),
    ...(flaky.length > 0 ? [`${flaky.length} flaky`] : []),
    `${checks.length - failedChecks.length + passed.size} passed, ${failures.length} failed`,
  ]
  return { text: `\n${lines.join('\n\n')}`, ok: failures.length === 0 }
}

function retriedText({ failure, retry }: Retried): string {
  const second = retry ? ['Retry:', retry.text === failure.text ? 'The same.' : retry.text] : []
  return section(nameOf(failure), ['First run:', failure.text, ...second])
}

function section(name: string, texts: string[]): string {
  const indented = texts.join('\n').replaceAll(/^(?=.)/gm, '    ')
  return `${name}\n${indented}`
}
