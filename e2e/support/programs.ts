import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The real programs that tests and benchmarks use, and Debian's package of each. */
const PACKAGES = {
  nginx: 'nginx-light',
  chromium: 'chromium',
  haproxy: 'haproxy',
  wrk: 'wrk',
  'ngx_stream_module.so': 'libnginx-mod-stream',
} as const
export type Program = keyof typeof PACKAGES

/** What `npm test` needs. */
export const TEST_PROGRAMS: Program[] = ['nginx', 'chromium']
/** What `npm run bench` needs. */
export const BENCH_PROGRAMS: Program[] = ['nginx', 'ngx_stream_module.so', 'haproxy', 'wrk']

/** Server programs and their modules live outside a plain user's PATH. */
const MORE_DIRECTORIES = ['/usr/sbin', '/usr/bin', '/usr/lib/nginx/modules']

/** A program's path, or null where the machine has none. */
export function findProgram(name: string): string | null {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...MORE_DIRECTORIES]
  const found = directories
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path))
  return found ?? null
}

/** The path of a program that the tests can't do without. */
export function requireProgram(name: Program): string {
  const path = findProgram(name)
  if (!path) throw new Error(`${name} is missing. On Debian: apt-get install ${PACKAGES[name]}`)
  return path
}

/** Installs the programs that are missing from the distribution's packages, where this user may. */
export function installMissingPrograms(programs: Program[]): void {
  const missing = programs.filter((name) => !findProgram(name))
  if (missing.length === 0 || process.getuid?.() !== 0 || !findProgram('apt-get')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const options = { env, stdio: ['ignore', 'ignore', 'inherit'] as const }
  const packages = missing.map((name) => PACKAGES[name])
  execFileSync('apt-get', ['update', '-q'], { ...options, stdio: [...options.stdio] })
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
    ...options,
    stdio: [...options.stdio],
  })
}

/** Has Playwright fetch its own Chromium where the machine has none and its packages could not be installed. */
export function installBrowserElsewhere(): void {
  if (findProgram('chromium')) return
  execFileSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'inherit' })
}
