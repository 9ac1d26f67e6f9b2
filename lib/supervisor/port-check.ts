import { createServer } from 'node:net'

const WORDS: Record<string, string> = {
  EADDRINUSE: 'is in use by another program. Stop that program',
  EACCES: 'may not be opened by this user. Start Fairlead with the right to',
  EADDRNOTAVAIL: 'is not an address of this machine. Correct HOST',
  ENOTFOUND: 'is not a name that this machine knows. Correct HOST',
}

/**
 * Makes sure that a port can be listened on. `variable` is the setting it comes from.
 * @throws Error with one line that says what to do.
 */
export async function checkPort(host: string, port: number, variable: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const words = WORDS[error.code ?? ''] ?? `can't be opened (${error.message}). Correct it`
      reject(new Error(`${host} port ${port} ${words}, or set ${variable} to another port.`))
    })
    probe.listen(port, host, () => probe.close(() => resolve()))
  })
}
