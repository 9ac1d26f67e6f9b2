import { HttpError } from '../http/message/http-error.ts'
import { latin1Bytes } from '../latin1.ts'

/** Without one of these a path has one reading only. */
const SPECIAL = /[%\\]|\/\/|\/\./
/** What servers take for a slash. */
const SLASHES = /\/|\\|%2f|%5c/i
const ESCAPES = /%([0-9a-f]{2})/gi

export type RequestPath = {
  /** What rules compare: decoded once, its slashes merged, its dot segments resolved; without the query. */
  path: string
  /** The target as it goes on to the server. */
  target: string
}

/**
 * The path of a request as rules see it, so that one that denies `/admin` can't be passed by `/%61dmin`, `//admin` or
 * `/x/../admin`. Backslashes and encoded slashes count as slashes, and `..;x` as a dot segment, as there are servers
 * to which they are. The server gets the target as it came, unless it had dot segments: then these are resolved in what
 * it gets, too, as it might do that in another way.
 * @throws HttpError 400 for an encoded NUL, at which some servers end a path
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

/** A path, or a part of one, as a person wrote it into a rule: read in the same way, but for dot segments. */
export function readRulePath(value: string): string {
  return decoded(value.replaceAll(/(?:\/|\\|%2f|%5c)+/gi, '/'))
}

/** A dot segment, with or without percent-encoding and `;parameters`. */
const DOT_SEGMENT = /^(?:\.|%2e)(\.|%2e)?(?:;|%3b|$)/i

/** Which of the two dot segments it is, if any. Without decoding, as a path may have thousands of segments. */
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
