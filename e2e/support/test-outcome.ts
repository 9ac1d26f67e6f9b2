import { readFileSync } from 'node:fs'
import * as z from 'zod'

/** What a run came to: how many tests passed, and each that failed, with its reason. */
export type Outcome = { passed: number; failures: string[] }

const REASON_LINES_MAX = 12

const VitestReport = z.object({
  numPassedTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
})

/** Of vitest's JSON reporter; null where it wrote none. */
export function vitestOutcome(path: string): Outcome | null {
  const report = read(path, VitestReport)
  return (
    report && {
      passed: report.numPassedTests,
      failures: report.testResults.flatMap(({ name, status, message, assertionResults }) => {
        const failed = assertionResults.filter((test) => test.status === 'failed')
        // A file that could not be loaded, or whose hook failed, fails without a test of its own.
        if (failed.length === 0 && status === 'failed') return [failure(name, message ?? '')]
        return failed.map((test) =>
          failure(`${name} › ${test.fullName}`, test.failureMessages?.join('\n') ?? ''),
        )
      }),
    }
  )
}

const Result = z.object({ error: z.object({ message: z.string().optional() }).optional() })
const Spec = z.object({
  file: z.string(),
  line: z.int(),
  title: z.string(),
  tests: z.array(
    z.object({ projectName: z.string(), status: z.string(), results: z.array(Result) }),
  ),
})
const Suite = z.object({
  specs: z.array(Spec),
  get suites() {
    return z.array(Suite).optional()
  },
})
const PlaywrightReport = z.object({
  stats: z.object({ expected: z.int() }),
  suites: z.array(Suite),
})

/** Of Playwright's JSON reporter; null where it wrote none. A test that passed only when it was repeated has failed. */
export function playwrightOutcome(path: string): Outcome | null {
  const report = read(path, PlaywrightReport)
  if (!report) return null
  const failures = report.suites
    .flatMap(specsOf)
    .flatMap(({ file, line, title, tests }) =>
      tests
        .filter(({ status }) => status === 'unexpected' || status === 'flaky')
        .map(({ projectName, results }) =>
          failure(
            `[${projectName}] ${file}:${line} › ${title}`,
            results.map(({ error }) => error?.message ?? '').join('\n'),
          ),
        ),
    )
  return { passed: report.stats.expected, failures }
}

function specsOf({ specs, suites }: z.infer<typeof Suite>): z.infer<typeof Spec>[] {
  return [...specs, ...(suites ?? []).flatMap(specsOf)]
}

function failure(name: string, reason: string): string {
  const lines = reason.split('\n').slice(0, REASON_LINES_MAX)
  return [name, ...lines.map((line) => `    ${line}`)].join('\n')
}

function read<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}
