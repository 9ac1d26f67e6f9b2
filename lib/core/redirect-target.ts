import { formatAuthority, parseAuthority } from './host.ts'
import { encodeBeyondAscii, isSendable } from './wire-text.ts'

/** What stands for a part of the request in the target of a redirect. */
export type RedirectPart = 'scheme' | 'host' | 'path' | 'query'

/**
 * A redirect's target, read. The two texts may hold placeholders; only `rest` holds the request's path and query, and
 * begins in such a way that no value of theirs becomes a part of the host.
 */
export type RedirectTemplate = {
  /** `https://` and what names the host, or `//` and that; null where the host stays the request's. */
  origin: string | null
  rest: string
}

/** A target that no redirect can have; `message` says why, in a sentence. */
export class RedirectTargetError extends Error {}

const PLACEHOLDERS: readonly RedirectPart[] = ['host', 'path', 'query', 'scheme']
const ANY_PLACEHOLDER = /\{\{([^}]*)\}\}/g
const PLACEHOLDER = /\{\{(host|path|query|scheme)\}\}/g
const ABSOLUTE = /^((?:https?:|\{\{scheme\}\}:)?\/\/)(.*?)((?:[/?#]|\{\{path\}\}).*)?$/is
const RELATIVE = /^(?:\/|\{\{path\}\})/
const HOST_PLACEHOLDER = '{{host}}'

const HINT = 'Target must be a URL without spaces. For example: https://{{host}}{{path}}'
const HOST_HINT =
  'The host of the target must be a host name or {{host}}, and / must follow before {{query}}. For example: https://{{host}}/?{{query}}'

/**
 * Reads the target of a redirect: an absolute URL whose host the request's path and query have no part in, or a path.
 * Backslashes are slashes, as browsers have it; what is not visible ASCII is encoded.
 * @throws RedirectTargetError with a sentence
 */
export function parseRedirectTarget(target: string): RedirectTemplate {
  const text = target.toWellFormed().replaceAll('\\', '/')
  const [, scheme, authority = '', rest = ''] = ABSOLUTE.exec(text) ?? []
  if (scheme !== undefined) {
    return { origin: scheme + readAuthority(authority), rest: encodeBeyondAscii(rest) }
  }
  if (!RELATIVE.test(text)) throw new RedirectTargetError(HINT)
  return { origin: null, rest: encodeBeyondAscii(text) }
}

/** An authority in which the request's host may be a part of the host. */
function readAuthority(text: string): string {
  const parsed = parseAuthority(text.replaceAll(HOST_PLACEHOLDER, 'host'))
  if (parsed === null || /\{\{/.test(text.replaceAll(HOST_PLACEHOLDER, ''))) {
    throw new RedirectTargetError(HOST_HINT)
  }
  if (!text.includes(HOST_PLACEHOLDER)) return formatAuthority(parsed)
  // Encoded as a whole it would be another name.
  if (/[^\x21-\x7e]/.test(text)) throw new RedirectTargetError(HOST_HINT)
  return text
}

/** Why a text can't be the target of a redirect, in a sentence; null where it can. */
export function whyNoRedirectTarget(target: string): string | null {
  if (!isSendable(target)) return HINT
  for (const [, name = ''] of target.matchAll(ANY_PLACEHOLDER)) {
    if (PLACEHOLDERS.some((known) => known === name)) continue
    return `There is no {{${name}}}. There are {{host}}, {{path}}, {{query}} and {{scheme}}.`
  }
  try {
    parseRedirectTarget(target)
    return null
  } catch (error) {
    if (error instanceof RedirectTargetError) return error.message
    throw error
  }
}

/**
 * Where a redirect leads.
 * @param parts the request's, in visible ASCII; the path begins with a slash
 * @returns visible ASCII
 */
export function fillRedirectTarget(
  { origin, rest }: RedirectTemplate,
  parts: Record<RedirectPart, string>,
): string {
  const fill = (text: string) => text.replace(PLACEHOLDER, (_, part: RedirectPart) => parts[part])
  if (origin !== null) return fill(origin) + fill(rest)
  // Two slashes at the beginning would name another host.
  return fill(rest).replace(/^[/\\]+/, '/')
}
