import { type Failure, failuresOf, nameOf, passedIn } from './failures.ts'
import { runTests, type Selection, type Suite } from './run-tests.ts'

/** The number of failures of each test, by name, with the text of the first. */
export type StressResult = {
  rounds: number
  /** Passed tests, summed over all rounds. */
  passed: number
  failures: Map<string, { times: number; first: Failure }>
}

/** Runs the selected tests of all suites a number of times. Calls `onRound` with the results so far after each round. */
export async function runRounds(
  suites: Suite[],
  rounds: number,
  selection: Selection,
  onRound: (result: StressResult) => void,
): Promise<StressResult> {
  const result: StressResult = { rounds: 0, passed: 0, failures: new Map() }
  while (result.rounds < rounds) {
    for (const suite of suites) {
      const report = await runTests(suite, selection)
      result.passed += passedIn(suite, report).length
      // A suite may have no selected tests, as long as another one has some.
      const isEmpty = report.files.size === 0 && report.errors.length === 0
      for (const failure of isEmpty ? [] : failuresOf(suite, report)) count(result, failure)
    }
    result.rounds++
    onRound(result)
  }
  return result
}

function count({ failures }: StressResult, failure: Failure): void {
  const name = nameOf(failure)
  const known = failures.get(name)
  if (known) known.times++
  else failures.set(name, { times: 1, first: failure })
}

/** Each failed test with its number of failures, most first, and the full text of its first failure. */
export function stressText({ rounds, passed, failures }: StressResult): string {
  const sorted = [...failures].sort(([, a], [, b]) => b.times - a.times)
  return [
    ...sorted.map(([name, { first }]) => `${name}\n${first.text.replaceAll(/^(?=.)/gm, '    ')}`),
    ...(sorted.length > 0
      ? [sorted.map(([name, { times }]) => `${times} of ${rounds} failed: ${name}`).join('\n')]
      : []),
    `${rounds} rounds: ${passed} passed, ${sorted.reduce((sum, [, f]) => sum + f.times, 0)} failed`,
  ].join('\n\n')
}
