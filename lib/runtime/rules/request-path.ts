import { HttpError } from '../http/message/http-error.ts'
import { latin1Bytes } from '../latin1.ts'

/** A path without any of these is unambiguous. */
const SPECIAL = /[%\\]|\/\/|\/\./
/** Characters that servers may take for slashes. */
const SLASHES = /\/|\\|%2f|%5c/i
const ESCAPES = /%([0-9a-f]{2})/gi

export type RequestPath = {
  /** For matching: decoded once, with merged slashes and resolved dot segments, without the query. */
  path: string
  /** The target to forward. */
  target: string
}

/**
 * The path of a request for matching, normalised so that `/%61dmin`, `//admin` or `/x/../admin` can't bypass a rule that denies
 * `/admin`. Backslashes and encoded slashes count as slashes, and `..;x` as a dot segment, as some servers treat them so. The target is
 * forwarded unchanged, unless it has dot segments: these are resolved, because the server might resolve them differently.
 * @throws HttpError 400 for an encoded NUL, which ends the path for some servers
 */
export function readRequestPath(target: string): RequestPath {
  const question = target.indexOf('?')
  const raw = question < 0 ? target : target.slice(0, question)
  if (!SPECIAL.test(raw)) return { path: raw, target }
  if (raw.includes('%00')) {
    throw new HttpError(400, 'The address has a character that it may not have.')
  }
  const query = question < 0 ? '' : target.slice(question)
  const kept: string[] = []
  let dots = false
  let open = false
  for (const segment of raw.split(SLASHES)) {
    const dot = dotSegmentOf(segment)
    // An empty last segment, or one of dots, leaves a slash at the end.
    open = segment === '' || dot !== null
    dots ||= dot !== null
    if (dot === '..') kept.pop()
    else if (!open) kept.push(segment)
  }
  const end = open && kept.length > 0 ? '/' : ''
  const resolved = `/${kept.join('/')}${end}`
  return { path: decoded(resolved), target: dots ? resolved + query : target }
}

/** A path of a rule, or a part of one, normalised in the same way except for dot segments. */
export function readRulePath(value: string): string {
  return decoded(value.replaceAll(/(?:\/|\\|%2f|%5c)+/gi, '/'))
}

/** A dot segment, with or without percent-encoding and `;parameters`. */
const DOT_SEGMENT = /^(?:\.|%2e)(\.|%2e)?(?:;|%3b|$)/i

/** The kind of a dot segment; null for other segments. Works without decoding, as a path may have thousands of segments. */
function dotSegmentOf(segment: string): '.' | '..' | null {
  const match = DOT_SEGMENT.exec(segment)
  if (!match) return null
  return match[1] === undefined ? '.' : '..'
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  const plain = bytes.replace(ESCAPES, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return latin1Bytes(plain).toString('utf8')
}
