import { createServer } from 'node:net'

/**
 * Below the ephemeral ports of outgoing connections (32768 and up), any of which could be taken between the check that it is
 * free and the bind.
 */
const [FIRST_PORT, PORTS] = [20_000, 12_000]
/** Ports per process before it reaches the next process's range. */
const PER_PROCESS = 64

let given = 0

/** The next port to try. Every process starts in a different range. */
export function nextPort(): number {
  return FIRST_PORT + ((process.pid * PER_PROCESS + given++) % PORTS)
}

/** A port that was free a moment ago, outside the range of outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort()
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '0.0.0.0', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
