import { connect } from 'node:net'

/**
 * Run as a program on a client: keeps connections to port 81 of each address busy for a time, and writes as JSON what became of each.
 *
 * kept-connections.ts ADDRESS,… COUNT DURATION_MS
 */
export type KeptConnection = {
  /** Why it's no longer alive, and after how many milliseconds; null if it is. */
  problem: string | null
  letters: string
  worst_ms: number
}

const [, , list = '', count = '', duration = ''] = process.argv
const INTERVAL_MS = 5
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
      if (performance.now() - startedAt < Number(duration)) setTimeout(send, INTERVAL_MS)
      else socket.destroy()
    })
    const fail = (why: string) => {
      one.problem ??= `${why} after ${(performance.now() - startedAt).toFixed(0)} ms`
    }
    socket.on('error', (error) => fail(error.message))
    // A connection whose packets are lost hangs.
    const overdue = setTimeout(() => {
      fail('no answer')
      socket.destroy()
    }, Number(duration) + 3000)
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
