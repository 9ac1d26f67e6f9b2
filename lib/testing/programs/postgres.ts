import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
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
}

/** Starts PostgreSQL on address:port. */
export async function startPostgres(
  address: string,
  port: number,
  { hba = [], options = [] }: Settings = {},
): Promise<ServerProgram> {
  const user = unprivileged()
  const directory = makeDirectory('postgres', user)
  const data = join(directory, 'data')
  const program = requireProgram('postgres')
  const initdb = ['-D', data, '-U', POSTGRES_USER, '--no-locale', '--encoding=UTF8', '--no-sync']
  execFileSync(join(dirname(program), 'initdb'), initdb, { ...user, stdio: 'pipe' })
  const everybody = 'host all all all trust'
  writeFileSync(join(data, 'pg_hba.conf'), `${[...hba, everybody].join('\n')}\n`)
  const single = ['--single', '-D', data, 'postgres']
  const input = `CREATE DATABASE ${POSTGRES_USER}\n`
  execFileSync(program, single, { ...user, input, stdio: 'pipe' })
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
