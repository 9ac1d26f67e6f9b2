import { nameOf } from './failures.ts'
import type { Outcome, Tried } from './second-try.ts'
import { TRIED_AGAIN_MAX } from './second-try.ts'

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
    ...failed.map(triedText),
    ...(flaky.length > FLAKY_MAX
      ? [
          `${flaky.length} tests passed only at the second try. The limit is ${FLAKY_MAX}. See "flaky" above.`,
        ]
      : []),
  ]
  const untried = failed.some(({ again }) => again === null)
  const lines = [
    ...(flaky.length > 0
      ? [`== flaky: failed, and passed when retried alone\n${flaky.map(triedText).join('\n\n')}`]
      : []),
    // Last, so that the end of a long log shows what failed.
    ...(failures.length > 0 ? [`== failed\n${failures.join('\n\n')}`] : []),
    ...(untried ? [`More than ${TRIED_AGAIN_MAX} failed: none was retried.`] : []),
    ...(flaky.length > 0 ? [`${flaky.length} flaky`] : []),
    `${checks.length - failedChecks.length + passed.size} passed, ${failures.length} failed`,
  ]
  return { text: `\n${lines.join('\n\n')}`, ok: failures.length === 0 }
}

function triedText({ failure, again }: Tried): string {
  const second = again
    ? ['Second try:', again.text === failure.text ? 'The same.' : again.text]
    : []
  return section(nameOf(failure), ['First try:', failure.text, ...second])
}

function section(name: string, texts: string[]): string {
  const indented = texts.join('\n').replaceAll(/^(?=.)/gm, '    ')
  return `${name}\n${indented}`
}
