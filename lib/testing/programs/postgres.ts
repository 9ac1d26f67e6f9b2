import { execFile, execFileSync } from 'node:child_process'
import { realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../wait.ts'
import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram, unprivileged } from './server-program.ts'

/** The superuser, who needs no password, and the database. */
export const POSTGRES_USER = 'fairlead'

const runProgram = promisify(execFile)

/** The name of a standby for `synchronous_standby_names`. */
const STANDBY = 'standby'

type Settings = {
  /** Lines of pg_hba.conf before the one that trusts everybody. */
  hba?: string[]
  /** Settings as "name=value". */
  options?: string[]
  /** The primary whose standby it is. */
  standbyOf?: { address: string; port: number }
}

/** What a primary needs for standbys. */
export const WITH_STANDBY: Settings = {
  hba: ['host replication all all trust'],
  options: ['wal_level=replica', 'wal_keep_size=64MB'],
}

/** Starts PostgreSQL on address:port. */
export async function startPostgres(
  address: string,
  port: number,
  { hba = [], options = [], standbyOf }: Settings = {},
): Promise<ServerProgram> {
  const directory = makeDirectory('postgres', unprivileged())
  const data = join(directory, 'data')
  if (standbyOf) await copyPrimary(data, standbyOf)
  else initializePostgres(data, hba)
  return startProgram({
    name: 'PostgreSQL',
    address,
    port,
    program: requireProgram('postgres'),
    args: postgresArguments(data, address, port, [
      'fsync=off',
      'unix_socket_directories=',
      ...options,
    ]),
    directory,
    unprivileged: true,
    // SIGQUIT also ends its backend processes at once.
    killSignal: 'SIGQUIT',
  })
}

/** The arguments of a server. @param settings as "name=value" */
export function postgresArguments(
  data: string,
  address: string,
  port: number,
  settings: string[],
): string[] {
  const changed = settings.flatMap((one) => ['-c', one])
  return ['-D', data, '-h', address, '-p', `${port}`, ...changed]
}

/** Makes the files of a server that trusts everybody, with an empty database. @param hba lines of pg_hba.conf before that one */
export function initializePostgres(data: string, hba: string[] = []): void {
  const program = requireProgram('postgres')
  const user = unprivileged()
  const initdb = ['-D', data, '-U', POSTGRES_USER, '--no-locale', '--encoding=UTF8', '--no-sync']
  execFileSync(join(dirname(program), 'initdb'), initdb, { ...user, stdio: 'pipe' })
  const everybody = 'host all all all trust'
  const own = 'local all all trust'
  writeFileSync(join(data, 'pg_hba.conf'), `${[...hba, everybody, own].join('\n')}\n`)
  const single = ['--single', '-D', data, 'postgres']
  const input = `CREATE DATABASE ${POSTGRES_USER}\n`
  execFileSync(program, single, { ...user, input, stdio: 'pipe' })
}

/**
 * Copies a running primary, so that the copy follows it.
 * @param run runs a command as the server's user, where the primary can be reached
 */
export async function copyPrimary(
  data: string,
  { address, port }: { address: string; port: number },
  run: (program: string, args: string[]) => Promise<unknown> = (program, args) =>
    runProgram(program, args, { ...unprivileged(), cwd: dirname(data) }),
): Promise<void> {
  const program = join(dirname(realpathSync(requireProgram('postgres'))), 'pg_basebackup')
  const source = `host=${address} port=${port} user=${POSTGRES_USER} application_name=${STANDBY}`
  await run(program, [
    '-D',
    data,
    '-d',
    source,
    '-R',
    '-X',
    'stream',
    '--checkpoint=fast',
    '--no-sync',
  ])
}

/** Runs a statement as the superuser. @returns its rows */
type Query = (sql: string) => Promise<Record<string, unknown>[]>

/** Makes the standby of a primary synchronous: commits wait for it from now on. */
export async function requireStandby(onPrimary: Query): Promise<void> {
  await onPrimary(`alter system set synchronous_standby_names = '${STANDBY}'`)
  await onPrimary('select pg_reload_conf()')
  await waitFor('the standby is synchronous', async () => {
    const [row] = await onPrimary('select sync_state from pg_stat_replication')
    return row?.sync_state === 'sync'
  })
}

/** Has commits wait for no standby. */
export async function forgetStandby(onServer: Query): Promise<void> {
  await onServer('alter system reset synchronous_standby_names')
  await onServer('select pg_reload_conf()')
}

/** Makes a standby the primary. It waits for no standby of its own. Resolves when it accepts writes. */
export async function promote(onStandby: Query): Promise<void> {
  await forgetStandby(onStandby)
  await onStandby('select pg_promote()')
}
