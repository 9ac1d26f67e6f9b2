import { createServer } from 'node:net'
import { contain } from '#lib/process/faults.ts'

const REASONS: Record<string, string> = {
  EADDRINUSE: 'is in use by another program. Stop that program',
  EACCES: 'may not be opened by this user. Start Fairlead with the right to',
  EADDRNOTAVAIL: 'is not an address of this machine. Correct HOST',
  ENOTFOUND: 'is not a name that this machine knows. Correct HOST',
  EAI_AGAIN: 'is not a name that this machine can look up now. Correct HOST',
}

/** How often a port in use is checked again. Milliseconds. */
const POLL_MS = 20

/**
 * Checks that this process can listen on a port.
 * @param variable the setting of the port
 * @param waitMs how long to wait until a port in use is free
 * @throws Error with a one-line message that says what to do
 */
export async function checkPort(
  host: string,
  port: number,
  variable: string,
  waitMs = 0,
): Promise<void> {
  const until = performance.now() + waitMs
  for (;;) {
    const error = await tryPort(host, port)
    if (!error) return
    if (error.code !== 'EADDRINUSE' || performance.now() > until) {
      const reason = REASONS[error.code ?? ''] ?? `can't be opened (${error.message}). Correct it`
      throw new Error(`${host} port ${port} ${reason}, or set ${variable} to another port.`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function tryPort(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', resolve)
    const free = () => resolve(null)
    const onListening = contain('process', () => probe.close(free), free)
    probe.listen(port, host, onListening)
  })
}
