import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const ROOT = join(import.meta.dirname, '..', '..')
const DIST = process.env.NEXT_DIST_DIR || '.next'
const STAMP = join(ROOT, DIST, 'fairlead-build')
const LOCK = join(ROOT, 'node_modules', '.fairlead-build.pid')
const LOCK_POLL_MS = 200

/** All that the console's build is made from. */
const SOURCES = [
  'package-lock.json',
  'next.config.js',
  'tsconfig.json',
  '.postcssrc.json',
  '{app,components,lib/bff,lib/client,lib/core}/**/*.{ts,tsx,css,svg,png,ico}',
]

function sourcesHash(): string {
  const hash = createHash('sha256')
  for (const file of globSync(SOURCES, { cwd: ROOT, exclude: ['**/*.test.{ts,tsx}'] }).sort()) {
    hash.update(file).update(readFileSync(join(ROOT, file)))
  }
  return hash.digest('hex')
}

/** Whether the console has to be built: it never was, or its sources have changed since. */
export function isConsoleStale(): boolean {
  return !existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== sourcesHash()
}

/**
 * Builds the console, unless another process of this checkout has just done it.
 * @throws Error with the build's own output.
 */
export async function buildConsole(): Promise<void> {
  const unlock = await lockBuild()
  try {
    if (isConsoleStale()) await runBuild()
  } finally {
    unlock()
  }
}

async function runBuild(): Promise<void> {
  const hash = sourcesHash()
  const next = join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next')
  const build = spawn(process.execPath, [next, 'build'], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A supervisor that is told to end meanwhile leaves no build behind.
  const end = () => build.kill()
  process.once('exit', end)
  const output: string[] = []
  build.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  build.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const code = await new Promise((resolve) => build.once('close', resolve))
  process.off('exit', end)
  if (code !== 0) throw new Error(`The console could not be built.\n${output.join('')}`)
  writeFileSync(STAMP, hash)
}

/** Waits until no other process builds in this checkout. Answers how to let the next one. */
async function lockBuild(): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
      return () => rmSync(LOCK, { force: true })
    } catch {
      if (isAlive(Number(readFileSync(LOCK, 'utf8')))) await setTimeout(LOCK_POLL_MS)
      else rmSync(LOCK, { force: true })
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
