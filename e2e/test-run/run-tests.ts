import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { descendants } from '../support/process-tree.ts'
import { mergeReport, type Report, readReport, type SelectedFile } from './report.ts'
import type { VitestRequest } from './vitest-session.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Longer than any time limit of a test or a hook: a tool that reports nothing for this long hangs. */
const SILENCE_MAX_MS = 600_000
const SILENCE_CHECK_MS = 500

export type Selection = {
  /** Only these. */
  files?: SelectedFile[]
  /** Files whose path contains this. */
  path?: string
  /** Tests whose name matches this regular expression. */
  testName?: string
  /** One test at a time. */
  alone?: boolean
}

/** A part of the test suite that one tool runs: a project of vitest, or Playwright's tests. */
export type Suite = {
  name: string
  /** The directory of the tool's configuration and tests. */
  root: string
  /** How long the tool may report nothing before it is killed. */
  silenceMaxMs: number
  /** Hides the tool's own output. */
  quiet: boolean
  /** The command, with a temporary directory for this run's files. */
  command(selection: Selection, directory: string): { args: string[]; env: Record<string, string> }
}

type Settings = Partial<Pick<Suite, 'root' | 'silenceMaxMs' | 'quiet'>>

const DEFAULTS = { root: ROOT, silenceMaxMs: SILENCE_MAX_MS, quiet: false }

export function vitestSuite(project: string, settings: Settings = {}): Suite {
  return {
    ...{ name: `vitest, ${project}`, ...DEFAULTS, ...settings },
    command({ files = null, path = null, testName = null, alone = false }, directory) {
      const report = reportIn(directory)
      const request: VitestRequest = { project, report, files, path, testName, alone }
      const file = join(directory, 'request.json')
      writeFileSync(file, JSON.stringify(request))
      return { args: [join(import.meta.dirname, 'vitest-session.ts'), file], env: {} }
    },
  }
}

export function playwrightSuite(config: string, settings: Settings = {}): Suite {
  return {
    ...{ name: 'playwright', ...DEFAULTS, ...settings },
    command({ files, path, testName, alone }, directory) {
      const cli = join(ROOT, 'node_modules', '@playwright', 'test', 'cli.js')
      const reporter = join(import.meta.dirname, 'playwright-reporter.ts')
      const args = [cli, 'test', '--config', config, '--pass-with-no-tests']
      args.push(`--reporter=list,${reporter}`)
      if (testName !== undefined) args.push('--grep', testName)
      // A separate directory: a run empties it first, and the first run's screenshots must stay.
      if (alone) args.push('--workers=1', '--output', 'test-results/retry')
      if (files) {
        // Playwright can select tests by id only through its file of the last failures.
        const selected = join(directory, 'selected.json')
        const failedTests = files.flatMap(({ ids }) => ids)
        writeFileSync(selected, JSON.stringify({ status: 'failed', failedTests }))
        args.push('--last-failed', '--last-failed-file', selected)
      }
      if (path !== undefined) args.push(RegExp.escape(path))
      return { args, env: { FAIRLEAD_TEST_REPORT: reportIn(directory) } }
    },
  }
}

/**
 * Runs the selected tests with the tool's output in the terminal, and returns the report. Files that did not start because of a
 * crash are run afterwards.
 */
export async function runTests(suite: Suite, selection: Selection = {}): Promise<Report> {
  const report = await runOnce(suite, selection)
  for (;;) {
    const waiting = [...report.files.values()].filter((file) => !file.started)
    if (waiting.length === 0) break
    const files = waiting.map(({ file, ids }) => ({ file, ids }))
    const later = await runOnce(suite, { ...selection, files })
    mergeReport(report, later)
    if ([...later.files.values()].some((file) => file.started)) continue
    report.errors.push(`These files could not be started:\n${files.map((f) => f.file).join('\n')}`)
    break
  }
  return report
}

async function runOnce(suite: Suite, selection: Selection): Promise<Report> {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-test-'))
  try {
    writeFileSync(reportIn(directory), '')
    const { args, env } = suite.command(selection, directory)
    const ended = await runTool(suite, args, env, reportIn(directory))
    const report = readReport(reportIn(directory))
    reportAbnormalEnd(report, ended)
    return report
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

type Ended = { code: number | null; signal: string | null; hung: boolean }

function runTool(
  suite: Suite,
  args: string[],
  env: Record<string, string>,
  report: string,
): Promise<Ended> {
  const flags = ['--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, ...args], {
    cwd: suite.root,
    env: { ...process.env, ...env },
    stdio: suite.quiet ? 'ignore' : ['ignore', 'inherit', 'inherit'],
  })
  let hung = false
  let size = 0
  let silentSince = performance.now()
  const watch = setInterval(() => {
    const grown = statSync(report).size
    if (grown !== size) silentSince = performance.now()
    size = grown
    if (performance.now() - silentSince < suite.silenceMaxMs) return
    hung = true
    for (const { pid } of descendants(child.pid as number)) kill(pid, 'SIGKILL')
    child.kill('SIGKILL')
  }, SILENCE_CHECK_MS)
  const stopWatching = endWith(child)
  return new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal, hung }))
  }).finally(() => {
    clearInterval(watch)
    stopWatching()
  })
}

/** A signal that ends this process first ends the child and its descendants, until the returned function is called. */
function endWith(child: ChildProcess): () => void {
  const ends = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const end = () => {
      // Installations started by tests have their own process groups, and would be left behind.
      for (const { pid } of descendants(child.pid as number)) kill(pid, 'SIGTERM')
      child.once('exit', () => process.exit(1))
      child.kill(signal)
    }
    process.once(signal, end)
    return () => process.off(signal, end)
  })
  return () => {
    for (const end of ends) end()
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has exited already.
  }
}

/** Adds an abnormal end of the tool to the report, at the files concerned. */
function reportAbnormalEnd(report: Report, { code, signal, hung }: Ended): void {
  const files = [...report.files.values()]
  const open = files.filter((file) => file.started && !file.ended)
  const how = hung
    ? 'The run was killed: it reported nothing for too long'
    : `The run ended ${signal ? `by ${signal}` : `with code ${code}`}`
  // The tool's message about a crash does not name the file in a form that a program can parse.
  const words = report.errors.splice(0, open.length > 0 ? report.errors.length : 0)
  for (const file of open) file.errors.push(`${how} before this file had ended.`, ...words)
  for (const { errors, tests } of files) {
    const notRun = tests.filter((test) => test.state === 'not-run').map((test) => test.name)
    if (notRun.length > 0) errors.push(`Kept from running:\n${notRun.join('\n')}`)
  }
  if (open.length > 0) return
  if (!report.finished) report.errors.push(`${how} before it had finished.`)
  const failed = files.some(
    ({ errors, tests }) => errors.length > 0 || tests.some((test) => test.state === 'failed'),
  )
  if (code !== 0 && !failed && report.errors.length === 0) report.errors.push(`${how}.`)
}

function reportIn(directory: string): string {
  return join(directory, 'report.jsonl')
}
