import { isIPv6 } from 'node:net'
import { type Checker, failed, passed } from '../checker.ts'

export type HttpCheck = { method: string; uri: string; code: number; host: string }

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n/
const STATUS_LINE_MAX = 1024

/** Passes when the answer has the expected status. HTTP/1.1, one request a connection. */
export function httpChecker(check: HttpCheck, address: string, port: number): Checker {
  const host = check.host || `${isIPv6(address) ? `[${address}]` : address}:${port}`
  const lines = [
    `${check.method} ${pathOf(check.uri)} HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: Fairlead health check',
    'Accept: */*',
    'Connection: close',
  ]
  const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return {
    open: () => request,
    judge: (received) => judge(received.toString('latin1', 0, STATUS_LINE_MAX), check.code),
  }
}

function judge(text: string, expected: number) {
  const status = STATUS_LINE.exec(text)?.[1]
  if (status === String(expected)) return passed(`HTTP ${status}`)
  if (status) return failed(`HTTP ${status}, expected ${expected}`)
  return text.includes('\n') || text.length >= STATUS_LINE_MAX ? failed('not an HTTP answer') : null
}

/** The path and query of a URI that may be absolute. */
function pathOf(uri: string): string {
  if (uri.startsWith('/')) return uri
  const { pathname, search } = new URL(uri)
  return pathname + search
}
