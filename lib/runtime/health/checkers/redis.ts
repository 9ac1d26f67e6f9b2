import { type Checker, failed, passed } from '../checker.ts'
import { foreignWords } from './foreign-words.ts'

const PLUS = 0x2b
const MINUS = 0x2d
const PING = Buffer.from('PING\r\n')

/** Passes when the server answers a PING, or wants a password first, as it then serves. */
export const redisChecker: Checker = {
  open: () => PING,
  judge: (received) => {
    if (received.length > 0 && !isSimple(received[0])) return failed('not a Redis answer')
    const end = received.indexOf('\r\n')
    if (end < 0) return received.length > 1024 ? failed('not a Redis answer') : null
    const line = received.toString('latin1', 0, end)
    if (line === '+PONG' || line.startsWith('-NOAUTH')) return passed('Redis answered')
    if (!line.startsWith('-')) return failed('not a Redis answer')
    return failed(`Redis: ${foreignWords(line.slice(1))}`)
  },
}

/** Whether an answer that begins so is a simple string or an error. */
const isSimple = (byte: number | undefined) => byte === PLUS || byte === MINUS
