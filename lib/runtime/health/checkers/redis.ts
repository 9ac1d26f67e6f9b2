import { type Checker, failed, passed, printableText } from '../checker.ts'

const PLUS = 0x2b
const MINUS = 0x2d
const PING = Buffer.from('PING\r\n')

/** Passes if the server answers PING with PONG or NOAUTH: a server that requires a password serves clients. */
export const redisChecker: Checker = {
  request: () => PING,
  judge: (received) => {
    if (received.length > 0 && !isSimple(received[0])) return failed('not a Redis response')
    const end = received.indexOf('\r\n')
    if (end < 0) return received.length > 1024 ? failed('not a Redis response') : null
    const line = received.toString('latin1', 0, end)
    if (line === '+PONG' || line.startsWith('-NOAUTH')) return passed('Redis responded')
    if (!line.startsWith('-')) return failed('not a Redis response')
    return failed(`Redis: ${printableText(line.slice(1))}`)
  },
}

/** Whether a response with this first byte is a simple string or an error. */
const isSimple = (byte: number | undefined) => byte === PLUS || byte === MINUS
