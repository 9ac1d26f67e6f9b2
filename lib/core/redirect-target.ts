import { formatAuthority, parseAuthority } from './host.ts'
import { encodeBeyondAscii, isSendable } from './wire-text.ts'

/** The placeholders in a redirect's target. */
export type RedirectPart = 'scheme' | 'host' | 'path' | 'query'

/**
 * A parsed redirect target. Both parts can contain placeholders. Only `rest` contains the request's path and query, and starts so that
 * they can't extend the host.
 */
export type RedirectTemplate = {
  /** Scheme and authority, or `//` and the authority; null if the request's host stays. */
  origin: string | null
  rest: string
}

/** The target is invalid; `message` says why, as a sentence. */
export class RedirectTargetError extends Error {}

const PLACEHOLDERS: readonly RedirectPart[] = ['host', 'path', 'query', 'scheme']
const ANY_PLACEHOLDER = /\{\{([^}]*)\}\}/g
const PLACEHOLDER = /\{\{(host|path|query|scheme)\}\}/g
const ABSOLUTE = /^((?:https?:|\{\{scheme\}\}:)?\/\/)(.*?)((?:[/?#]|\{\{path\}\}).*)?$/is
const RELATIVE = /^(?:\/|\{\{path\}\})/
const HOST_PLACEHOLDER = '{{host}}'

const HINT = 'Target must be a URL without spaces. For example: https://{{host}}{{path}}'
const HOST_HINT =
  'The host of the target must be a host name or {{host}}, followed by / before {{query}}. For example: https://{{host}}/?{{query}}'

/**
 * Parses a redirect's target: a path, or an absolute URL whose host contains no `{{path}}` or `{{query}}`. Backslashes count as
 * slashes, as in browsers; everything but visible ASCII is encoded.
 * @throws RedirectTargetError
 */
export function parseRedirectTarget(target: string): RedirectTemplate {
  const text = target.toWellFormed().replaceAll('\\', '/')
  const [, scheme, authority = '', rest = ''] = ABSOLUTE.exec(text) ?? []
  if (scheme !== undefined) {
    return { origin: scheme + parseTemplateAuthority(authority), rest: encodeBeyondAscii(rest) }
  }
  if (!RELATIVE.test(text)) throw new RedirectTargetError(HINT)
  return { origin: null, rest: encodeBeyondAscii(text) }
}

/** Parses an authority that may contain `{{host}}`. */
function parseTemplateAuthority(text: string): string {
  const parsed = parseAuthority(text.replaceAll(HOST_PLACEHOLDER, 'host'))
  if (parsed === null || /\{\{/.test(text.replaceAll(HOST_PLACEHOLDER, ''))) {
    throw new RedirectTargetError(HOST_HINT)
  }
  if (!text.includes(HOST_PLACEHOLDER)) return formatAuthority(parsed)
  // Punycode of a name with a placeholder would be a different name.
  if (/[^\x21-\x7e]/.test(text)) throw new RedirectTargetError(HOST_HINT)
  return text
}

/** Why a redirect's target is invalid, as a sentence; null if it is valid. */
export function redirectTargetProblem(target: string): string | null {
  if (!isSendable(target)) return HINT
  for (const [, name = ''] of target.matchAll(ANY_PLACEHOLDER)) {
    if (PLACEHOLDERS.some((known) => known === name)) continue
    return `{{${name}}} is not a placeholder. Use {{host}}, {{path}}, {{query}} or {{scheme}}.`
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
 * The location of a redirect.
 * @param parts the request's, in visible ASCII; the path begins with a slash
 * @returns visible ASCII
 */
export function fillRedirectTarget(
  { origin, rest }: RedirectTemplate,
  parts: Record<RedirectPart, string>,
): string {
  const fill = (text: string) => text.replace(PLACEHOLDER, (_, part: RedirectPart) => parts[part])
  if (origin !== null) return fill(origin) + fill(rest)
  // Two leading slashes would start an authority.
  return fill(rest).replace(/^[/\\]+/, '/')
}
