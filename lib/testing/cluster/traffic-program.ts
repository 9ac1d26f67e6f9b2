import { connect } from 'node:net'

/**
 * Run as a program on a client: requests a page again and again, each time on a new connection, and writes a JSON line four times a
 * second and at the end of each blackout.
 *
 * traffic-program.ts ADDRESS PORT
 */
export type TrafficLine =
  | { type: 'rate'; requests: number; failed: number; letter: string | null }
  /** How long new connections failed, from the last that succeeded to the first that did again. Milliseconds. */
  | { type: 'blackout'; ms: number; from: string; to: string }

const [, , address = '', port = ''] = process.argv
const INTERVAL_MS = 5
const REPORT_MS = 250
const TIMEOUT_MS = 1000
/** Shorter ones are within what a busy machine causes. */
const BLACKOUT_MS = 30
const REQUEST = `GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`

let last: { at: number; letter: string } | null = null
let failedSince = 0
/** Of the last second, by report. */
const counts = [{ requests: 0, failed: 0 }]

function write(line: TrafficLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function succeeded(at: number, letter: string): void {
  if (last && at > last.at) {
    const ms = at - last.at
    if (failedSince > 0 && ms > BLACKOUT_MS) {
      write({ type: 'blackout', ms, from: last.letter, to: letter })
    }
    failedSince = 0
  }
  if (!last || at > last.at) last = { at, letter }
}

function request(): void {
  const at = performance.now()
  const count = counts[0] as { requests: number; failed: number }
  count.requests += 1
  let letter: string | null = null
  const socket = connect({ host: address, port: Number(port) })
  const timer = setTimeout(() => socket.destroy(), TIMEOUT_MS)
  socket.setEncoding('utf8')
  socket.on('connect', () => socket.write(REQUEST))
  socket.on('data', (text) => {
    letter = /through host (\S+)\./.exec(String(text))?.[1] ?? letter
    if (letter !== null) socket.resetAndDestroy()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(timer)
    if (letter !== null) succeeded(at, letter)
    else {
      count.failed += 1
      failedSince += 1
    }
  })
}

setInterval(request, INTERVAL_MS)
setInterval(() => {
  const sum = (of: 'requests' | 'failed') => counts.reduce((total, one) => total + one[of], 0)
  write({
    type: 'rate',
    requests: sum('requests'),
    failed: sum('failed'),
    letter: last?.letter ?? null,
  })
  counts.unshift({ requests: 0, failed: 0 })
  counts.splice(1000 / REPORT_MS)
}, REPORT_MS)
