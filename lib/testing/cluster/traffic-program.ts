import { connect } from 'node:net'

/**
 * Run as a program on a client: requests a page again and again, each time on a new connection, and writes a JSON line four times a
 * second and at the end of each blackout.
 *
 * traffic-program.ts ADDRESS PORT
 */
export type TrafficLine =
  | { type: 'rate'; requests: number; failed: number; letter: string | null }
  /** How long new connections were not answered, from the last that was to the first that was again. Milliseconds. */
  | { type: 'blackout'; ms: number; from: string; to: string }

const [, , address = '', port = ''] = process.argv
const INTERVAL_MS = 5
const REPORT_MS = 250
const TIMEOUT_MS = 1000
/** Shorter ones are within what a busy machine causes, also where another host answers afterwards. */
const BLACKOUT_MS = { same: 200, other: 25 }
/** This program's own delays are no blackouts: so many requests are not answered in one. */
const UNANSWERED_MIN = 3
const REQUEST = `GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`

type Answered = { number: number; at: number; letter: string }

let last: Answered | null = null
let sent = 0
/** Of the last second, by report. */
const counts = [{ requests: 0, failed: 0 }]

function write(line: TrafficLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function answered(one: Answered): void {
  if (last && one.number < last.number) return
  if (last) {
    const ms = one.at - last.at
    const least = one.letter === last.letter ? BLACKOUT_MS.same : BLACKOUT_MS.other
    if (one.number - last.number > UNANSWERED_MIN && ms > least) {
      write({ type: 'blackout', ms, from: last.letter, to: one.letter })
    }
  }
  last = one
}

function request(): void {
  const at = performance.now()
  const number = sent++
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
    if (letter !== null) answered({ number, at, letter })
    else count.failed += 1
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
