import { isIPv6 } from 'node:net'
import { parseCheckTarget } from '#lib/core/health-check-text.ts'
import { formatAuthority, parseAuthority } from '#lib/core/host.ts'
import { latin1Bytes } from '../../latin1.ts'
import { type Checker, type CheckResult, failed, InvalidCheck, passed } from '../checker.ts'

export type HttpCheck = { method: string; uri: string; code: number; host: string }

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n/
const STATUS_LINE_MAX = 1024
const PREFIX = 'HTTP/1.'
const HEAD_END = /\r?\n\r?\n/

const METHOD = /^[A-Z]+$/
/** Requests with other methods have Content-Length: 0, because servers may require it (RFC 9110 section 8.6). */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE', 'CONNECT'])

/**
 * Passes if the response has the expected status and a complete head. HTTP/1.1, one request per connection.
 * @throws InvalidCheck
 */
export function httpChecker(check: HttpCheck, address: string, port: number): Checker {
  const { method } = check
  if (!METHOD.test(method)) throw new InvalidCheck('its method is invalid')
  const target = parseCheckTarget(check.uri)
  if (target === null) throw new InvalidCheck('its path is neither a path nor a URL')
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
    request: () => request,
    judge: (received) => judge(received.toString('latin1'), check.code),
  }
}

function judge(text: string, expected: number): CheckResult | null {
  const line = STATUS_LINE.exec(text)
  if (!line) return mayBecomeStatusLine(text) ? null : failed('not an HTTP response')
  const status = Number(line[1])
  const end = HEAD_END.exec(text)
  if (isInterim(status) && status !== expected) {
    return end && judge(text.slice(end.index + end[0].length), expected)
  }
  if (status !== expected) return failed(`HTTP ${status}, expected ${expected}`)
  return end && passed(`HTTP ${status}`)
}

function mayBecomeStatusLine(text: string): boolean {
  if (text.length < PREFIX.length) return PREFIX.startsWith(text)
  return text.startsWith(PREFIX) && text.length < STATUS_LINE_MAX && !text.includes('\n')
}

/** Whether another response follows (RFC 9110 section 15.2). After 101 the connection is no longer HTTP. */
function isInterim(status: number): boolean {
  return status >= 100 && status < 200 && status !== 101
}

/** The Host field; null for the server's address. @throws InvalidCheck */
function hostOf(text: string): string | null {
  if (text === '') return null
  const authority = parseAuthority(text)
  if (authority === null) throw new InvalidCheck('its Host is not a host name')
  return formatAuthority(authority)
}
