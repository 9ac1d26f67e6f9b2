import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { contain } from '#lib/process/faults.ts'
import { fileProblem } from '#lib/process/file-problem.ts'
import { inheritedEnvironment } from './child-environment.ts'
import { type FileLock, lockHolder, tryLock } from './file-lock.ts'
import { print } from './terminal.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const DIST = process.env.NEXT_DIST_DIR || '.next'
const STAMP = join(ROOT, DIST, 'fairlead-build')
const BUILD_ID = join(ROOT, DIST, 'BUILD_ID')
const LOCK = join(ROOT, 'node_modules', '.fairlead-build')
const LOCK_POLL_MS = 200
const BUILD_SCRIPT = join(import.meta.dirname, 'console-build.sh')

/** The sources of the console's build. */
const SOURCES = [
  'package-lock.json',
  'next.config.js',
  'tsconfig.json',
  '.postcssrc.json',
  '{app,components,lib/bff,lib/client,lib/core,lib/process,lib/protocol}/**/*.{ts,tsx,css,svg,png,ico}',
]

function sourcesHash(): string {
  const hash = createHash('sha256')
  for (const file of globSync(SOURCES, { cwd: ROOT, exclude: ['**/*.test.{ts,tsx}'] }).sort()) {
    hash.update(file).update(readFileSync(join(ROOT, file)))
  }
  return hash.digest('hex')
}

/** Identifies a finished build: the hash of its sources, and its BUILD_ID. */
function stampOf(hash: string): string {
  return `${hash} ${readFileSync(BUILD_ID, 'utf8').trim()}`
}

/** Whether the console must be built: there is no build, its sources have changed, or the last build was interrupted. */
export function isConsoleStale(): boolean {
  try {
    return readFileSync(STAMP, 'utf8') !== stampOf(sourcesHash())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw new Error(fileProblem(error, STAMP))
  }
}

/**
 * Builds the console, unless another process of this checkout has just done so.
 * @throws Error with the output of the build
 */
export async function buildConsole(): Promise<void> {
  const lock = await lockBuild()
  try {
    if (isConsoleStale()) await runBuild()
  } finally {
    lock.release()
  }
}

async function runBuild(): Promise<void> {
  const hash = sourcesHash()
  const next = join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next')
  // A process group of its own, so that its children can be signalled with it and SIGHUP does not reach it.
  const build = spawn('/bin/sh', [BUILD_SCRIPT, process.execPath, next, 'build'], {
    cwd: ROOT,
    env: { ...inheritedEnvironment('build'), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  // The build ends with this process.
  const end = contain('stop', () => build.pid && process.kill(-build.pid))
  process.once('exit', end)
  const output: string[] = []
  const onOutput = contain('process', (text: string) => output.push(text))
  build.stdout.setEncoding('utf8').on('data', onOutput)
  build.stderr.setEncoding('utf8').on('data', onOutput)
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  build.once('error', reject).once('close', resolve)
  const code = await promise
  process.off('exit', end)
  if (code !== 0) throw new Error(`The console could not be built.\n${output.join('')}`)
  try {
    writeFileSync(STAMP, stampOf(hash))
    chmodSync(STAMP, 0o644)
  } catch (error) {
    throw new Error(fileProblem(error, STAMP))
  }
}

/** Waits until no other process builds in this checkout. */
async function lockBuild(): Promise<FileLock> {
  let hasSaid = false
  for (;;) {
    const lock = tryLock(LOCK)
    if (lock) return lock
    if (!hasSaid)
      print(`Process ${lockHolder(LOCK) ?? 'unknown'} is building the console. Waiting for it …`)
    hasSaid = true
    await setTimeout(LOCK_POLL_MS)
  }
}
