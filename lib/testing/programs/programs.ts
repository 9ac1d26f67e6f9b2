import { execFileSync } from 'node:child_process'
import { existsSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The programs that tests and benchmarks use, and their Debian packages. */
const PACKAGES = {
  nginx: 'nginx-light',
  'chromium-headless-shell': 'chromium-headless-shell',
  haproxy: 'haproxy',
  wrk: 'wrk',
  'ngx_stream_module.so': 'libnginx-mod-stream',
  mariadbd: 'mariadb-server-core',
  postgres: 'postgresql',
  psql: 'postgresql-client',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  slapd: 'slapd',
  curl: 'curl',
  jq: 'jq',
  openssl: 'openssl',
  'libfaketime.so.1': 'libfaketime',
  rsyslogd: 'rsyslog',
  'lmnsd_ossl.so': 'rsyslog-openssl',
} as const
export type Program = keyof typeof PACKAGES

/** What `npm test` needs. */
export const TEST_PROGRAMS: Program[] = [
  'nginx',
  'chromium-headless-shell',
  'haproxy',
  'mariadbd',
  'postgres',
  'psql',
  'redis-server',
  'redis-cli',
  'slapd',
  'curl',
  'jq',
  'openssl',
  'libfaketime.so.1',
  'rsyslogd',
  'lmnsd_ossl.so',
]
/** What `npm run bench` needs. */
export const BENCH_PROGRAMS: Program[] = ['nginx', 'ngx_stream_module.so', 'haproxy', 'wrk']

/** Server programs are outside a regular user's PATH. */
const MORE_DIRECTORIES = ['/usr/sbin', '/usr/bin', '/usr/lib/nginx/modules']
/** PostgreSQL's programs are in a directory per version. */
const POSTGRESQL_DIRECTORIES = '/usr/lib/postgresql/*/bin'
/** libfaketime is in an architecture-specific directory. */
const FAKETIME_DIRECTORIES = '/usr/lib/*/faketime'
/** So are rsyslog's modules. */
const RSYSLOG_DIRECTORIES = '/usr/lib/*/rsyslog'

/** Debian runs this program before it starts a service. Exit code 101 forbids it. */
const DAEMON_POLICY = '/usr/sbin/policy-rc.d'

/** A program's path; null if the machine lacks it. */
export function findProgram(name: string): string | null {
  const directories = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...MORE_DIRECTORIES,
    ...globSync([POSTGRESQL_DIRECTORIES, FAKETIME_DIRECTORIES, RSYSLOG_DIRECTORIES]),
  ]
  const found = directories
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path))
  return found ?? null
}

/** The path of a required program. */
export function requireProgram(name: Program): string {
  const path = findProgram(name)
  if (!path) throw new Error(missingWords(name))
  return path
}

/** The programs that this machine lacks and how to install them; null if it has all. */
export function missingPrograms(...names: Program[]): string | null {
  const missing = names.filter((name) => !findProgram(name))
  return missing.length === 0 ? null : missing.map(missingWords).join(' ')
}

function missingWords(name: Program): string {
  return `${name} is missing. On Debian: apt-get install ${PACKAGES[name]}`
}

/** Installs missing programs from the distribution's packages, if this user may. */
export function installMissingPrograms(programs: Program[]): void {
  const missing = programs.filter((name) => !findProgram(name))
  if (missing.length === 0 || process.getuid?.() !== 0 || !findProgram('apt-get')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const options = { env, stdio: ['ignore', 'ignore', 'inherit'] as const }
  const packages = missing.map((name) => PACKAGES[name])
  withoutStartingDaemons(() => {
    execFileSync('apt-get', ['update', '-q'], { ...options, stdio: [...options.stdio] })
    execFileSync(
      'apt-get',
      ['install', '-y', '-q', '--no-remove', '--no-install-recommends', ...packages],
      {
        ...options,
        stdio: [...options.stdio],
      },
    )
  })
}

/** Keeps packages from starting services. An existing policy stays. */
function withoutStartingDaemons(install: () => void): void {
  if (existsSync(DAEMON_POLICY)) {
    install()
    return
  }
  writeFileSync(DAEMON_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    rmSync(DAEMON_POLICY, { force: true })
  }
}
