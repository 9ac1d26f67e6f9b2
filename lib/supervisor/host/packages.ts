import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { missingPackages } from '#lib/network/programs.ts'
import { print } from '../terminal.ts'

const APT = '/usr/bin/apt-get'
/** Debian asks this program before it starts a service, and takes 101 for "no". */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d'

/**
 * Installs the programs that the network helper needs and that are missing, on Debian.
 * @throws Error in one line that says what to install
 */
export function preparePrograms(): void {
  const missing = missingPackages()
  if (missing.length === 0) return
  const packages = missing.join(' ')
  if (!existsSync(APT)) {
    throw new Error(`Install ${packages} with your distribution's packages, then run this again.`)
  }
  print(`Installing ${packages} …`)
  const failed = withoutStartingServices(() => aptGet('update') ?? aptGet('install', ...missing))
  const still = missingPackages()
  if (still.length === 0) return
  const words = failed === null ? '' : ` ${failed}`
  throw new Error(
    `${still.join(' ')} could not be installed.${words} Run "apt-get install ${still.join(' ')}", then run this again.`,
  )
}

/** @returns the last line of its errors if it fails */
function aptGet(command: string, ...packages: string[]): string | null {
  const options = command === 'install' ? ['-y', '--no-install-recommends'] : []
  const { status, error, stderr } = spawnSync(APT, ['-q', command, ...options, ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (status === 0) return null
  return error?.message ?? stderr.trim().split('\n').at(-1) ?? null
}

/** The host's own keepalived must not start: Fairlead runs it itself. A policy that exists is left as it is. */
function withoutStartingServices<T>(install: () => T): T {
  if (existsSync(SERVICE_POLICY)) return install()
  writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return install()
  } finally {
    rmSync(SERVICE_POLICY, { force: true })
  }
}
