import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Machine } from '#lib/testing/network/namespaces.ts'
import type { RelayTarget } from './relay-program.ts'

const PROGRAM = new URL('relay-program.ts', import.meta.url).pathname

/**
 * Makes ports of a machine's 127.0.0.1 available on this one's 127.0.0.1 with the same numbers.
 * @returns the process that does it, on the machine
 * @throws Error if a port is taken
 */
export function relayPorts(machine: Machine, ports: number[]): Promise<ChildProcess> {
  const targets = ports.map((port) => [port, { host: '127.0.0.1', port }] as const)
  return relay(machine, new Map(targets))
}

/**
 * Makes what a machine reaches available on this one's 127.0.0.1. A process in the namespace accepts at sockets that were bound outside of
 * it, so no network connects the two.
 * @param targets by the port here
 * @returns that process
 * @throws Error if a port is taken
 */
export async function relay(
  machine: Machine,
  targets: ReadonlyMap<number, RelayTarget>,
): Promise<ChildProcess> {
  const args = ['netns', 'exec', machine.namespace, process.execPath]
  const child = spawn('ip', [...args, '--disable-warning=ExperimentalWarning', PROGRAM], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // It ends with this process, not with its Ctrl-C.
    detached: true,
  })
  child.unref()
  for (const [port, target] of targets) {
    const server = createServer({ allowHalfOpen: true })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    child.send(target, server)
    await once(child, 'message')
    server.close()
  }
  child.channel?.unref()
  return child
}
