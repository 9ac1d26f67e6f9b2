import type { Field } from './field.ts'

/**
 * The fields that control the message and its connection; null if absent. Repeated fields are joined with commas (RFC 9110 section
 * 5.3), which makes a field invalid if it allows one value only.
 */
export type ControlFields = {
  host: string | null
  contentLength: string | null
  transferEncoding: string | null
  connection: string | null
  upgrade: string | null
  expect: string | null
  te: string | null
}

/** Reads the control fields in one pass. */
export function controlFields(fields: readonly Field[]): ControlFields {
  const control: ControlFields = {
    host: null,
    contentLength: null,
    transferEncoding: null,
    connection: null,
    upgrade: null,
    expect: null,
    te: null,
  }
  for (const field of fields) {
    switch (field.lower) {
      case 'host':
        control.host = joined(control.host, field.value)
        break
      case 'content-length':
        control.contentLength = joined(control.contentLength, field.value)
        break
      case 'transfer-encoding':
        control.transferEncoding = joined(control.transferEncoding, field.value)
        break
      case 'connection':
        control.connection = joined(control.connection, field.value)
        break
      case 'upgrade':
        control.upgrade = joined(control.upgrade, field.value)
        break
      case 'expect':
        control.expect = joined(control.expect, field.value)
        break
      case 'te':
        control.te = joined(control.te, field.value)
        break
    }
  }
  return control
}

function joined(before: string | null, value: string): string {
  return before === null ? value : `${before},${value}`
}

const NONE: readonly string[] = []
const KEEP_ALIVE: readonly string[] = ['keep-alive']

/** The members of a comma-separated list, in lower case. */
export function membersOf(list: string | null): readonly string[] {
  if (list === null) return NONE
  if (list === 'keep-alive') return KEEP_ALIVE
  return list
    .toLowerCase()
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '')
}

/** Whether the connection may carry another message (RFC 9112 section 9.3). */
export function persists(version: 10 | 11, connection: readonly string[]): boolean {
  return !connection.includes('close') && (version === 11 || connection.includes('keep-alive'))
}

/** A token with an optional version. */
const PROTOCOL = /^[!#$%&'*+\-.^_`|~0-9a-z]+(?:\/[!#$%&'*+\-.^_`|~0-9a-z]+)?$/
/** HTTP/2 after an upgrade would bypass all rules of HTTP/1.1. */
const REFUSED_PROTOCOLS = /^(?:h2c?|http(?:\/.*)?|tls(?:\/.*)?)$/

/** The first requested protocol of an upgrade (RFC 9110 section 7.8); null without one, or if it is refused. */
export function upgradeOf(control: ControlFields, connection: readonly string[]): string | null {
  if (control.upgrade === null || !connection.includes('upgrade')) return null
  const [protocol = ''] = membersOf(control.upgrade)
  return PROTOCOL.test(protocol) && !REFUSED_PROTOCOLS.test(protocol) ? protocol : null
}
