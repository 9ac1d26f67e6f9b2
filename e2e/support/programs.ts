import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The real programs that the tests use, and Debian's package of each. */
const PACKAGES = { nginx: 'nginx-light', chromium: 'chromium' } as const
export type Program = keyof typeof PACKAGES

/** A program's path, or null where the machine has none. Server programs live outside a plain user's PATH. */
export function findProgram(name: string): string | null {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
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
export function installMissingPrograms(): void {
  const missing = (Object.keys(PACKAGES) as Program[]).filter((name) => !findProgram(name))
  if (missing.length === 0 || process.getuid?.() !== 0 || !findProgram('apt-get')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
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
