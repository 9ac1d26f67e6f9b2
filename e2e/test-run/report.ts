import { appendFileSync, readFileSync } from 'node:fs'
import * as z from 'zod'

/** A test file and the ids of its selected tests; an empty list means all. */
export const SelectedFile = z.object({ file: z.string(), ids: z.array(z.string()) })
export type SelectedFile = z.infer<typeof SelectedFile>

const TestResult = z.object({
  file: z.string(),
  id: z.string(),
  /** Includes the names of its suites. */
  name: z.string(),
  /** `not-run` when a hook or another test of its file kept it from starting. */
  state: z.enum(['passed', 'failed', 'skipped', 'not-run']),
  durationMs: z.number(),
  /** Full errors: message, diff, stack and causes. */
  errors: z.array(z.string()),
  /** Its output. */
  output: z.string(),
  /** Ids of the tests in its file that it builds on. They must run before it in a retry. */
  needs: z.array(z.string()),
})
export type TestResult = z.infer<typeof TestResult>

/**
 * The events that the reporters of vitest and Playwright write, a line of JSON each. They are written at once, so the report of
 * a run that crashes or hangs is complete until then.
 */
const ReportEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('planned'), files: z.array(SelectedFile) }),
  z.object({ event: z.literal('file-started'), file: z.string() }),
  TestResult.extend({ event: z.literal('test') }),
  /** With errors that belong to no single test: imports, hooks, crashes. */
  z.object({ event: z.literal('file-ended'), file: z.string(), errors: z.array(z.string()) }),
  /** An error of the run; `file` is its origin, if known. */
  z.object({ event: z.literal('error'), file: z.string().nullable(), text: z.string() }),
  z.object({ event: z.literal('finished') }),
])
export type ReportEvent = z.infer<typeof ReportEvent>

export type FileReport = {
  file: string
  /** The planned tests, as in `SelectedFile`. */
  ids: string[]
  started: boolean
  ended: boolean
  errors: string[]
  tests: TestResult[]
}

/** One run of one tool. */
export type Report = {
  files: Map<string, FileReport>
  /** Errors that belong to no file. */
  errors: string[]
  finished: boolean
}

export function writeEvent(path: string, event: ReportEvent): void {
  appendFileSync(path, `${JSON.stringify(event)}\n`)
}

/** Reads the report of a run. An incomplete last line is ignored. */
export function readReport(path: string): Report {
  const report: Report = { files: new Map(), errors: [], finished: false }
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  for (const line of lines) addEvent(report, ReportEvent.parse(JSON.parse(line)))
  return report
}

function addEvent(report: Report, event: ReportEvent): void {
  switch (event.event) {
    case 'planned':
      for (const { file, ids } of event.files) fileOf(report, file).ids.push(...ids)
      break
    case 'file-started':
      fileOf(report, event.file).started = true
      break
    case 'test': {
      const { event: _, ...test } = event
      fileOf(report, event.file).tests.push(test)
      break
    }
    case 'file-ended': {
      const file = fileOf(report, event.file)
      file.ended = true
      file.errors.push(...event.errors)
      break
    }
    case 'error':
      if (event.file === null) report.errors.push(event.text)
      else fileOf(report, event.file).errors.push(event.text)
      break
    case 'finished':
      report.finished = true
  }
}

function fileOf(report: Report, file: string): FileReport {
  const known = report.files.get(file)
  if (known) return known
  const added = { file, ids: [], started: false, ended: false, errors: [], tests: [] }
  report.files.set(file, added)
  return added
}

/** Merges a later run of the same tool: a file that started there replaces its earlier report. */
export function mergeReport(report: Report, later: Report): void {
  for (const file of later.files.values()) {
    if (file.started || !report.files.has(file.file)) report.files.set(file.file, file)
  }
  report.errors.push(...later.errors)
  report.finished = later.finished
}
