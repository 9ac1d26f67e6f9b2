import { execFileSync } from 'node:child_process'
import { realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram, unprivileged } from './server-program.ts'

/** The superuser, who needs no password, and the database. */
export const POSTGRES_USER = 'fairlead'

type Settings = {
  /** Lines of pg_hba.conf before the one that trusts everybody. */
  hba?: string[]
  /** Settings as "name=value". */
  options?: string[]
  /** The primary whose standby it is. It is named "standby" for `synchronous_standby_names`. */
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
  const user = unprivileged()
  const directory = makeDirectory('postgres', user)
  const data = join(directory, 'data')
  const program = requireProgram('postgres')
  if (standbyOf) copyPrimary(data, standbyOf)
  else initialize(data, program, hba)
  const settings = ['fsync=off', 'unix_socket_directories=', ...options]
  const args = [
    '-D',
    data,
    '-h',
    address,
    '-p',
    `${port}`,
    ...settings.flatMap((one) => ['-c', one]),
  ]
  return startProgram({
    name: 'PostgreSQL',
    address,
    port,
    program,
    args,
    directory,
    unprivileged: true,
    // SIGQUIT also ends its backend processes at once.
    killSignal: 'SIGQUIT',
  })
}

function initialize(data: string, program: string, hba: string[]): void {
  const user = unprivileged()
  const initdb = ['-D', data, '-U', POSTGRES_USER, '--no-locale', '--encoding=UTF8', '--no-sync']
  execFileSync(join(dirname(program), 'initdb'), initdb, { ...user, stdio: 'pipe' })
  const everybody = 'host all all all trust'
  writeFileSync(join(data, 'pg_hba.conf'), `${[...hba, everybody].join('\n')}\n`)
  const single = ['--single', '-D', data, 'postgres']
  const input = `CREATE DATABASE ${POSTGRES_USER}\n`
  execFileSync(program, single, { ...user, input, stdio: 'pipe' })
}

/** Copies a running primary, so that the copy follows it. */
function copyPrimary(data: string, { address, port }: { address: string; port: number }): void {
  const program = join(dirname(realpathSync(requireProgram('postgres'))), 'pg_basebackup')
  const source = `host=${address} port=${port} user=${POSTGRES_USER} application_name=standby`
  const args = ['-D', data, '-d', source, '-R', '-X', 'stream', '--checkpoint=fast', '--no-sync']
  execFileSync(program, args, { ...unprivileged(), cwd: dirname(data), stdio: 'pipe' })
}
