import { type Checker, failed, passed } from '../checker.ts'

/** LDAPMessage 1: bindRequest, version 3, no name, simple, no password. RFC 4511 section 4.2. */
const ANONYMOUS_BIND = Buffer.from('300c020101600702010304008000', 'hex')
const MESSAGE = 0x30
const BIND_RESPONSE = 0x61

/** Passes when an anonymous bind is answered, granted or not: refusing it is a working server's choice. */
export const ldapChecker: Checker = {
  open: () => ANONYMOUS_BIND,
  judge: (received) => {
    if (received.length < 1) return null
    if (received[0] !== MESSAGE) return failed('not an LDAP answer')
    // Lengths may take several bytes each; the answer's own tag comes after the message ID.
    if (received.length < 14) return null
    const id = received.indexOf(Buffer.from('020101', 'hex'))
    if (id < 0 || received[id + 3] !== BIND_RESPONSE) return failed('not an LDAP answer')
    return passed('LDAP answered')
  },
}
