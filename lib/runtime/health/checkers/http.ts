import { isIPv6 } from 'node:net'
import { parseCheckTarget } from '#lib/core/health-check-text.ts'
import { formatAuthority, parseAuthority } from '#lib/core/host.ts'
import { latin1Bytes } from '../../latin1.ts'
import { type Checker, failed, type Outcome, passed, UnusableCheck } from '../checker.ts'

export type HttpCheck = { method: string; uri: string; code: number; host: string }

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n/
const STATUS_LINE_MAX = 1024
const BEGINNING = 'HTTP/1.'
const HEAD_END = /\r?\n\r?\n/

const METHOD = /^[A-Z]+$/
/** Other methods send Content-Length: 0, as servers may require it (RFC 9110 section 8.6). */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE', 'CONNECT'])

/**
 * Passes if the response has the expected status and a complete head. HTTP/1.1, one request per connection.
 * @throws UnusableCheck
 */
export function httpChecker(check: HttpCheck, address: string, port: number): Checker {
  const { method } = check
  if (!METHOD.test(method)) throw new UnusableCheck('its method is invalid')
  const target = parseCheckTarget(check.uri)
  if (target === null) throw new UnusableCheck('its path is neither a path nor a URL')
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${hostOf(check.host) ?? `${isIPv6(address) ? `[${address}]` : address}:${port}`}`,
    'User-Agent: Fairlead health check',
    'Accept: */*',
    ...(WITHOUT_CONTENT.has(method) ? [] : ['Content-Length: 0']),
    'Connection: close',
  ]
  const request = latin1Bytes(`${lines.join('\r\n')}\r\n\r\n`)
  return {
    open: () => request,
    judge: (received) => judge(received.toString('latin1'), check.code),
  }
}

function judge(text: string, expected: number): Outcome | null {
  const line = STATUS_LINE.exec(text)
  if (!line) return mayBecomeStatusLine(text) ? null : failed('not an HTTP answer')
  const status = Number(line[1])
  const end = HEAD_END.exec(text)
  if (isInterim(status) && status !== expected) {
    return end && judge(text.slice(end.index + end[0].length), expected)
  }
  if (status !== expected) return failed(`HTTP ${status}, expected ${expected}`)
  return end && passed(`HTTP ${status}`)
}

function mayBecomeStatusLine(text: string): boolean {
  if (text.length < BEGINNING.length) return BEGINNING.startsWith(text)
  return text.startsWith(BEGINNING) && text.length < STATUS_LINE_MAX && !text.includes('\n')
}

/** Whether another answer follows that one. RFC 9110 section 15.2; after 101 it is not HTTP any more. */
function isInterim(status: number): boolean {
  return status >= 100 && status < 200 && status !== 101
}

/** The Host field; null for the server's own address. @throws UnusableCheck */
function hostOf(text: string): string | null {
  if (text === '') return null
  const authority = parseAuthority(text)
  if (authority === null) throw new UnusableCheck('its Host is not a host name')
  return formatAuthority(authority)
}
