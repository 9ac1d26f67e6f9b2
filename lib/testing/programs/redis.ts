import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram } from './server-program.ts'

/** Starts Redis on address:port, in memory only. @param settings as in redis.conf */
export async function startRedis(
  address: string,
  port: number,
  settings: string[] = [],
): Promise<ServerProgram> {
  const directory = makeDirectory('redis')
  const own = [`bind ${address}`, `port ${port}`, 'save ""', ...settings]
  const config = join(directory, 'redis.conf')
  writeFileSync(config, `${own.join('\n')}\n`)
  const program = requireProgram('redis-server')
  return startProgram({ name: 'Redis', address, port, program, args: [config], directory })
}
