import { type Checker, type CheckResult, failed, passed } from '../checker.ts'

/** LDAPMessage 1: bindRequest, version 3, no name, simple, no password (RFC 4511 section 4.2). */
const ANONYMOUS_BIND = Buffer.from('300c020101600702010304008000', 'hex')

const SEQUENCE = 0x30
const INTEGER = 0x02
const ENUMERATED = 0x0a
const BIND_RESPONSE = 0x61
const MESSAGE_MAX = 4096

/** Result codes of a server that can't serve (RFC 4511 section 4.1.9). */
const OUT_OF_SERVICE: Record<number, string> = { 51: 'busy', 52: 'unavailable' }

/** An element of a BER message: its tag, and the offsets of its content. */
type Element = { tag: number; start: number; end: number }

/** Passes if the server responds to an anonymous bind, even if it refuses it. */
export const ldapChecker: Checker = { request: () => ANONYMOUS_BIND, judge }

function judge(received: Buffer): CheckResult | null {
  if (received.length > 0 && received[0] !== SEQUENCE) return failed('not an LDAP response')
  const message = elementAt(received, 0)
  if (!message) return null
  if (message === 'malformed' || message.end > MESSAGE_MAX) return failed('not an LDAP response')
  return received.length < message.end ? null : judgeMessage(received, message)
}

function judgeMessage(received: Buffer, message: Element): CheckResult {
  const id = part(received, message.start, INTEGER)
  const response = id && part(received, id.end, BIND_RESPONSE)
  const result = response && part(received, response.start, ENUMERATED)
  if (!id || !result || received[id.start] !== 1) return failed('not an LDAP response')
  const problem = OUT_OF_SERVICE[received[result.start] ?? 0]
  return problem ? failed(`LDAP: ${problem}`) : passed('LDAP responded')
}

function part(received: Buffer, offset: number, tag: number): Element | null {
  const element = elementAt(received, offset)
  return element && element !== 'malformed' && element.tag === tag ? element : null
}

/** The element at an offset; null while its length is incomplete. Lengths are definite, of up to four bytes. */
function elementAt(received: Buffer, offset: number): Element | 'malformed' | null {
  const tag = received[offset]
  const first = received[offset + 1]
  if (tag === undefined || first === undefined) return null
  const start = offset + 2
  if (first < 0x80) return { tag, start, end: start + first }
  const size = first - 0x80
  if (size === 0 || size > 4) return 'malformed'
  if (received.length < start + size) return null
  return { tag, start: start + size, end: start + size + received.readUIntBE(start, size) }
}
