import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram, unprivileged } from './server-program.ts'

/** The scripts that create the system tables, in this order. */
const SYSTEM_TABLES = ['mysql_system_tables.sql', 'mysql_system_tables_data.sql'].map(
  (file) => `/usr/share/mysql/${file}`,
)

type Settings = {
  /** Statements, one per line, that run at the start: users and privileges. */
  sql?: string
  options?: string[]
}

/** Starts MariaDB on address:port. */
export async function startMariadb(
  address: string,
  port: number,
  { sql = '', options = [] }: Settings = {},
): Promise<ServerProgram> {
  const user = unprivileged()
  const directory = makeDirectory('mariadb', user)
  const program = requireProgram('mariadbd')
  const statements = join(directory, 'init.sql')
  writeFileSync(statements, `${sql}\n`)
  const common = ['--no-defaults', `--datadir=${directory}`, '--innodb-log-file-size=4M']
  const tables = SYSTEM_TABLES.map((path) => readFileSync(path, 'utf8'))
  const input = ['create database mysql;', 'use mysql;', ...tables].join('\n')
  execFileSync(program, [...common, '--bootstrap'], { ...user, input, stdio: 'pipe' })
  const args = [
    ...common,
    '--innodb-buffer-pool-size=8M',
    '--innodb-flush-log-at-trx-commit=0',
    '--skip-name-resolve',
    `--bind-address=${address}`,
    `--port=${port}`,
    `--socket=${directory}/socket`,
    `--pid-file=${directory}/pid`,
    `--init-file=${statements}`,
    ...options,
  ]
  return startProgram({
    name: 'MariaDB',
    address,
    port,
    program,
    args,
    directory,
    unprivileged: true,
  })
}
