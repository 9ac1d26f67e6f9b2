import { requireProgram } from './programs.ts'
import { makeDirectory, type ServerProgram, startProgram } from './server-program.ts'

/** Starts a Redis of its own on address:port, in memory only. @param password null for none */
export async function startRedis(
  address: string,
  port: number,
  password: string | null = null,
): Promise<ServerProgram> {
  const directory = makeDirectory('redis')
  const settings = { bind: address, port, dir: directory, save: '', appendonly: 'no' }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  if (password !== null) args.push('--requirepass', password)
  const program = requireProgram('redis-server')
  return startProgram({ name: 'Redis', address, port, program, args, directory })
}
