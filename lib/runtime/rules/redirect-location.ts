import type { DesiredAcl } from '#lib/config/desired.ts'
import { type AskedRequest, withoutPort } from './asked-request.ts'

type RedirectAction = Extract<DesiredAcl['action'], { type: 'redirect' }>

const PLACEHOLDER = /\{\{(host|path|query|scheme)\}\}/g
/** All but visible ASCII. */
const NOT_VISIBLE = /[^\x21-\x7e]+/g

/**
 * Where a request is sent: another scheme of the same address, without its port, or what the rule says, in which
 * `{{scheme}}`, `{{host}}` (without port), `{{path}}` and `{{query}}` (without `?`) stand for the request's. No byte
 * that could end a header line gets into it.
 * @param ownAddress stands in for a host that the client did not name
 */
export function redirectLocation(
  to: RedirectAction['to'],
  { head }: AskedRequest,
  ownAddress: string,
): string {
  const host = head.host === '' ? ownAddress : withoutPort(head.host)
  const target = head.target === '*' ? '' : head.target
  if (to.type === 'scheme') return `${to.scheme}://${host}${target}`
  const question = target.indexOf('?')
  const parts: Record<string, string> = {
    scheme: 'http',
    host,
    // Two slashes at the beginning would name another host.
    path: (question < 0 ? target : target.slice(0, question)).replace(/^[/\\]+/, '/'),
    query: question < 0 ? '' : target.slice(question + 1),
  }
  const location = to.target.replace(PLACEHOLDER, (_, part: string) => parts[part] ?? '')
  return location.replace(NOT_VISIBLE, encoded)
}

/** As an address has it: the bytes of UTF-8, percent-encoded. Half of a surrogate pair is none. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
