import { isIPv6 } from 'node:net'
import { type Checker, failed, type Outcome, passed } from '../checker.ts'

export type HttpCheck = { method: string; uri: string; code: number; host: string }

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n/
const STATUS_LINE_MAX = 1024
const BEGINNING = 'HTTP/1.'
const HEAD_END = /\r?\n\r?\n/

/** Passes when the answer has the expected status and its head is all there. HTTP/1.1, one request a connection. */
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

/** The path and query of a URI that may be absolute. */
function pathOf(uri: string): string {
  if (uri.startsWith('/')) return uri
  const { pathname, search } = new URL(uri)
  return pathname + search
}
