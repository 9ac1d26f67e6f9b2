import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, Suite, TestCase, TestError, TestResult } from '@playwright/test/reporter'
import { type ReportEvent, writeEvent } from './report.ts'

/** The report's path; Playwright passes no options to reporters from the command line. */
const PATH = process.env.FAIRLEAD_TEST_REPORT ?? ''

/** The useful section of Playwright's failure file; the others repeat the error and the test. */
const PAGE_SNAPSHOT = /^# Page snapshot$.*?(?=\n+# |$(?!\n))/ms

/** Reports a run of Playwright as events (`report.ts`) with full errors. A file counts once for each project. */
// biome-ignore lint/style/noDefaultExport: Playwright loads the default export of a reporter's file.
export default class PlaywrightEventReporter implements Reporter {
  /** Each file's tests that have not ended yet. */
  readonly #left = new Map<string, Set<TestCase>>()
  readonly #started = new Set<string>()

  onBegin(_: unknown, suite: Suite): void {
    for (const test of suite.allTests()) {
      const file = fileOf(test)
      this.#left.set(file, (this.#left.get(file) ?? new Set()).add(test))
    }
    const files = [...this.#left].map(([file, tests]) => ({
      file,
      ids: [...tests].map((test) => test.id),
    }))
    this.#write({ event: 'planned', files })
  }

  onTestBegin(test: TestCase): void {
    const file = fileOf(test)
    if (this.#started.has(file)) return
    this.#started.add(file)
    this.#write({ event: 'file-started', file })
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    this.onTestBegin(test)
    const file = fileOf(test)
    this.#write({
      event: 'test',
      file,
      id: test.id,
      name: nameOf(test),
      state: stateOf(test, result),
      durationMs: result.duration,
      errors: [...result.errors.map(errorText), ...pageText(result)],
      output: [...result.stdout, ...result.stderr].join(''),
      needs: [],
    })
    this.#left.get(file)?.delete(test)
    if (this.#left.get(file)?.size === 0) this.#end(file)
  }

  onError(error: TestError): void {
    this.#write({ event: 'error', file: null, text: errorText(error) })
  }

  onEnd(): void {
    for (const [file, tests] of this.#left) {
      if (!this.#started.has(file) || tests.size === 0) continue
      for (const test of tests) {
        this.#write({
          event: 'test',
          file,
          id: test.id,
          name: nameOf(test),
          state: 'not-run',
          durationMs: 0,
          errors: [],
          output: '',
          needs: [],
        })
      }
      this.#end(file)
    }
    this.#write({ event: 'finished' })
  }

  #end(file: string): void {
    this.#write({ event: 'file-ended', file, errors: [] })
  }

  #write(event: ReportEvent): void {
    writeEvent(PATH, event)
  }
}

function fileOf(test: TestCase): string {
  const project = test.parent.project()?.name ?? ''
  return `[${project}] ${relative(process.cwd(), test.location.file)}`
}

function nameOf(test: TestCase): string {
  // The first three are the root, the project and the file.
  return test.titlePath().slice(3).join(' > ')
}

function stateOf(test: TestCase, { status }: TestResult) {
  if (status === 'skipped') return test.expectedStatus === 'skipped' ? 'skipped' : 'not-run'
  return status === test.expectedStatus ? 'passed' : 'failed'
}

function errorText(error: TestError): string {
  const { message, value, stack, snippet, cause } = error
  const first = message ?? value ?? ''
  return stripVTControlCharacters(
    [
      ...(stack?.includes(first) ? [] : [first]),
      ...(stack ? [stack] : []),
      ...(snippet ? [snippet] : []),
      ...(cause ? [`Caused by: ${errorText(cause)}`] : []),
    ].join('\n'),
  )
}

/** Playwright's text snapshot of the page when the test failed. */
function pageText({ attachments }: TestResult): string[] {
  return attachments
    .filter(({ name, path }) => name === 'error-context' && path)
    .flatMap(({ path }) => PAGE_SNAPSHOT.exec(readFileSync(path as string, 'utf8')) ?? [])
}
