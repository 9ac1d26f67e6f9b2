import { connect } from 'node:net'

/**
 * Run as a program on a client: opens a connection to port 80 of one address after the other every few milliseconds until SIGTERM, and
 * writes as JSON what became of each: when it began (milliseconds, monotonic), how long until the first byte, and that byte.
 *
 * prober.ts ADDRESS,… INTERVAL_MS
 * Standard error: "ready" once it has begun.
 */
export type Attempt = { address: string; at: number; ms: number; letter: string | null }

const [, , list = '', interval = ''] = process.argv
const addresses = list.split(',')
const attempts: Attempt[] = []
const now = () => Number(process.hrtime.bigint()) / 1e6
const TIMEOUT_MS = 1000
let open = 0
let isStopped = false
let hasFinished = false

function attempt(): void {
  const address = addresses[attempts.length % addresses.length] ?? ''
  const one: Attempt = { address, at: now(), ms: 0, letter: null }
  attempts.push(one)
  open += 1
  const socket = connect({ host: address, port: 80 })
  socket.setEncoding('utf8')
  const timer = setTimeout(() => socket.destroy(), TIMEOUT_MS)
  socket.on('data', (text) => {
    one.letter ??= String(text)
    one.ms ||= now() - one.at
    socket.resetAndDestroy()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(timer)
    one.ms ||= now() - one.at
    open -= 1
    finish()
  })
}

let next = now()
function tick(): void {
  while (next <= now()) {
    attempt()
    next += Number(interval)
    // A delay of this process isn't the host's.
    if (next < now()) next = now()
  }
  if (isStopped) finish()
  else setTimeout(tick, Math.max(0, next - now()))
}

function finish(): void {
  if (hasFinished || open > 0 || !isStopped) return
  hasFinished = true
  process.stdout.write(JSON.stringify(attempts), () => process.exit(0))
}

process.on('SIGTERM', () => {
  isStopped = true
})
tick()
process.stderr.write('ready\n')
