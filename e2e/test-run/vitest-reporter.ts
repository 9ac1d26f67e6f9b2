import { inspect, stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule, TestSpecification, TestSuite } from 'vitest/node'
import { type ReportEvent, writeEvent } from './report.ts'

type SerializedError = NonNullable<ReturnType<TestModule['errors']>>[number]

/** Properties of an error that are printed separately, or are useless outside vitest. */
const PRINTED = new Set([
  ...['name', 'message', 'stack', 'stacks', 'stackStr', 'cause', 'errors', 'diff'],
  ...['actual', 'expected', 'operator', 'showDiff', 'ok', 'constructor', 'toString', 'codeFrame'],
  ...['VITEST_TEST_NAME', 'VITEST_TEST_PATH', 'type', 'runnerError'],
])

/** The tag of suites whose tests build on the ones before them (`vitest.config.ts`). */
const IN_ORDER = 'in-order'

/** Stack frames inside vitest, the same for every test. */
const TOOL_FRAMES =
  /^ +at (new Promise \(<anonymous>\)|.*\/node_modules\/(vitest|vite|@vitest)\/.*)\n?/gm

/** Reports a run of vitest as events (`report.ts`) with full errors. */
export class VitestEventReporter implements Reporter {
  readonly #path: string
  readonly #root: string
  /** The output of tests and files, by task id. */
  readonly #output = new Map<string, string>()

  constructor(path: string, root: string) {
    this.#path = path
    this.#root = root
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    const files = specifications.map(({ moduleId, testIds }) => ({
      file: this.#relative(moduleId),
      ids: testIds ?? [],
    }))
    this.#write({ event: 'planned', files })
  }

  onUserConsoleLog({ taskId, content }: Parameters<NonNullable<Reporter['onUserConsoleLog']>>[0]) {
    if (!taskId) return
    const text = stripVTControlCharacters(content)
    this.#output.set(taskId, (this.#output.get(taskId) ?? '') + text)
  }

  onTestModuleQueued(module: TestModule): void {
    this.#write({ event: 'file-started', file: this.#relative(module.moduleId) })
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result()
    if (state === 'pending') return
    this.#write({
      event: 'test',
      file: this.#relative(test.module.moduleId),
      id: test.id,
      name: test.fullName,
      state,
      durationMs: test.diagnostic()?.duration ?? 0,
      errors: (errors ?? []).map((one) => errorText(one)),
      output: this.#output.get(test.id) ?? '',
      needs: needsOf(test),
    })
  }

  onTestModuleEnd(module: TestModule): void {
    const suites: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()]
    const errors = suites.flatMap((suite) => suite.errors().map((one) => errorText(one)))
    const output = this.#output.get(module.id)
    if (errors.length > 0 && output) errors.push(`It printed:\n${output}`)
    this.#write({ event: 'file-ended', file: this.#relative(module.moduleId), errors })
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    for (const error of errors) {
      const path = error.VITEST_TEST_PATH
      const file = typeof path === 'string' ? this.#relative(path) : null
      this.#write({ event: 'error', file, text: errorText(error) })
    }
    this.#write({ event: 'finished' })
  }

  #relative(path: string): string {
    return path.startsWith(`${this.#root}/`) ? path.slice(this.#root.length + 1) : path
  }

  #write(event: ReportEvent): void {
    writeEvent(this.#path, event)
  }
}

/** For a test tagged `in-order`: the tests before it in its outermost suite. */
function needsOf(test: TestCase): string[] {
  if (!test.tags.includes(IN_ORDER)) return []
  const suite = outermost(test)
  const tests = [...test.module.children.allTests()].filter((other) => outermost(other) === suite)
  return tests.slice(0, tests.indexOf(test)).map(({ id }) => id)
}

function outermost({ parent }: TestCase): TestModule | TestSuite {
  let suite = parent
  while (suite.type === 'suite' && suite.parent.type === 'suite') suite = suite.parent
  return suite
}

/** @param callers errors that this one is the cause of, or one of many in */
function errorText(error: SerializedError, callers: readonly unknown[] = []): string {
  const inner = (one: unknown) => causeText(one, [...callers, error])
  const { name = 'Error', message, stack = '', diff, cause, errors } = error
  const frames = stack.replaceAll(TOOL_FRAMES, '')
  const first = frames.includes(message) ? frames : `${name}: ${message}\n${frames}`
  const more = Object.entries(error).filter(
    ([key, value]) => !PRINTED.has(key) && value !== undefined && value !== null,
  )
  return stripVTControlCharacters(
    [
      first.trimEnd(),
      ...(typeof diff === 'string' ? [diff] : []),
      ...(more.length > 0 ? [valuesText(Object.fromEntries(more))] : []),
      ...(cause ? [`Caused by: ${inner(cause)}`] : []),
      ...(Array.isArray(errors) ? errors.map((one) => `Of these: ${inner(one)}`) : []),
    ].join('\n'),
  )
}

/** Values as JSON, including those that JSON doesn't have. */
function valuesText(values: object): string {
  try {
    return JSON.stringify(
      values,
      (_, value) => (typeof value === 'bigint' ? `${value}n` : value),
      2,
    )
  } catch {
    return inspect(values, { depth: null })
  }
}

function causeText(cause: unknown, callers: readonly unknown[]): string {
  if (callers.includes(cause)) return 'an error above'
  const isError = typeof cause === 'object' && cause !== null && 'message' in cause
  return isError ? errorText(cause as SerializedError, callers) : String(cause)
}
