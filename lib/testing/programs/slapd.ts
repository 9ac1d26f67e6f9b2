import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram } from './server-program.ts'

type Settings = {
  /** Whether it allows anonymous binds. */
  anonymous?: boolean
}

/** Starts OpenLDAP on address:port, with an empty directory. */
export async function startSlapd(
  address: string,
  port: number,
  { anonymous = true }: Settings = {},
): Promise<ServerProgram> {
  const directory = makeDirectory('slapd')
  const config = join(directory, 'slapd.conf')
  const lines = [
    'include /etc/ldap/schema/core.schema',
    'modulepath /usr/lib/ldap',
    'moduleload back_null',
    `pidfile ${directory}/pid`,
    ...(anonymous ? [] : ['disallow bind_anon']),
    'database null',
    'suffix "dc=example"',
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const program = requireProgram('slapd')
  // With a debug level, even 0, it stays in the foreground.
  const args = ['-d', '0', '-f', config, '-h', `ldap://${address}:${port}/`]
  return startProgram({ name: 'slapd', address, port, program, args, directory })
}
