import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram } from './server-program.ts'

/**
 * Starts HAProxy.
 * @param place an address and port at which it accepts connections once it has started
 * @param sections of its configuration. Timeouts and HTTP mode are set by default
 */
export async function startHaproxyWith(
  { address, port }: { address: string; port: number },
  sections: string,
): Promise<ServerProgram> {
  const directory = makeDirectory('haproxy')
  const config = join(directory, 'haproxy.cfg')
  const defaults = 'mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s'
  writeFileSync(config, `defaults\n  ${defaults}\n${sections}\n`)
  const program = requireProgram('haproxy')
  const args = ['-q', '-db', '-f', config]
  return startProgram({ name: 'HAProxy', address, port, program, args, directory })
}
