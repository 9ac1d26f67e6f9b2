import { connect } from 'node:net'

/**
 * Run as a program on a client: keeps connections to port 81 of each address busy until SIGTERM, and writes as JSON what became of each.
 *
 * kept-connections.ts ADDRESS,… COUNT
 */
export type KeptConnection = {
  /** Why it's no longer alive, and after how many milliseconds; null if it is. */
  problem: string | null
  letters: string
  worst_ms: number
}

const [, , list = '', count = ''] = process.argv
const INTERVAL_MS = 5
/** A connection whose packets are lost hangs. */
const ANSWER_MS = 3000
const stopped = new AbortController()
process.on('SIGTERM', () => stopped.abort())
const startedAt = performance.now()

function keep(address: string): Promise<KeptConnection> {
  const one: KeptConnection = { problem: null, letters: '', worst_ms: 0 }
  return new Promise((resolve) => {
    let sentAt = 0
    const socket = connect({ host: address, port: 81, noDelay: true })
    const send = () => {
      sentAt = performance.now()
      socket.write('x')
    }
    socket.setEncoding('utf8')
    socket.on('connect', () => {
      process.stderr.write('connected\n')
      send()
    })
    socket.on('data', (text) => {
      const letter = String(text)
      if (!one.letters.endsWith(letter)) one.letters += letter
      one.worst_ms = Math.max(one.worst_ms, performance.now() - sentAt)
      if (stopped.signal.aborted) socket.destroy()
      else setTimeout(send, INTERVAL_MS)
    })
    const fail = (why: string) => {
      one.problem ??= `${why} after ${(performance.now() - startedAt).toFixed(0)} ms`
    }
    socket.on('error', (error) => fail(error.message))
    let overdue: NodeJS.Timeout | undefined
    stopped.signal.addEventListener('abort', () => {
      overdue = setTimeout(() => {
        fail('no answer')
        socket.destroy()
      }, ANSWER_MS)
    })
    socket.on('close', () => {
      clearTimeout(overdue)
      resolve(one)
    })
  })
}

const kept = await Promise.all(
  list.split(',').flatMap((address) => Array.from({ length: Number(count) }, () => keep(address))),
)
process.stdout.write(JSON.stringify(kept))
