import type { FileReport, Report, SelectedFile } from './report.ts'
import type { Suite } from './run-tests.ts'

/** A test, a whole file (whose import, hook or process failed) or a whole run that failed. */
export type Failure = {
  suite: Suite
  /** Null for a whole run. */
  file: FileReport | null
  /** Null for a whole file. */
  test: { id: string; name: string; needs: string[] } | null
  /** Full text: errors, and the test's output. */
  text: string
}

export function failuresOf(suite: Suite, report: Report): Failure[] {
  const failures: Failure[] = [...report.files.values()].flatMap((file) => [
    ...(file.errors.length > 0
      ? [{ suite, file, test: null, text: file.errors.join('\n\n') }]
      : []),
    ...file.tests
      .filter(({ state }) => state === 'failed')
      .map(({ id, name, needs, errors, output }) => {
        const printed = output === '' ? [] : [`It printed:\n${output.trimEnd()}`]
        return {
          suite,
          file,
          test: { id, name, needs },
          text: [...errors, ...printed].join('\n\n'),
        }
      }),
  ])
  if (report.errors.length > 0) {
    failures.push({ suite, file: null, test: null, text: report.errors.join('\n\n') })
  } else if (failures.length === 0 && report.files.size === 0) {
    failures.push({ suite, file: null, test: null, text: 'It found no tests.' })
  }
  return failures
}

/** "vitest, unit › lib/x.test.ts › counts". */
export function nameOf({ suite, file, test }: Failure): string {
  return [suite.name, ...(file ? [file.file] : []), ...(test ? [test.name] : [])].join(' › ')
}

/** The tests that passed, by a key that is unique among all suites. */
export function passedIn(suite: Suite, report: Report): string[] {
  return [...report.files.values()].flatMap((file) => passedInFile(suite, file))
}

export function passedInFile(suite: Suite, { file, tests }: FileReport): string[] {
  return tests
    .filter(({ state }) => state === 'passed')
    .map(({ id }) => JSON.stringify([suite.name, file, id]))
}

/** What to run to retry these failures of one suite; undefined for the whole suite. */
export function selectionFor(failures: Failure[]): SelectedFile[] | undefined {
  if (failures.some(({ file }) => file === null)) return undefined
  const selected = new Map<string, SelectedFile>()
  for (const { file, test } of failures) {
    if (!file) continue
    const known = selected.get(file.file)
    const whole = test === null || failures.some((f) => f.file === file && f.test === null)
    if (whole) selected.set(file.file, { file: file.file, ids: file.ids })
    else {
      const ids = new Set([...(known?.ids ?? []), ...test.needs, test.id])
      selected.set(file.file, { file: file.file, ids: [...ids] })
    }
  }
  return [...selected.values()]
}
