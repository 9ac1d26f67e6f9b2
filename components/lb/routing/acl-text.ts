import type { AclAction, AclMatch } from '#lib/core/acl.ts'
import { pathPrefix } from '#lib/core/path-prefix.ts'

export type AclRule = { match: AclMatch; action: AclAction }

const EVERYONE = new Set(['0.0.0.0/0', '::/0'])
/** How many items are listed. */
const LISTED_MAX = 3

function listText(values: readonly string[], or: string): string {
  const left = values.length - LISTED_MAX
  if (left > 1) return `${values.slice(0, LISTED_MAX).join(', ')} ${or} ${left} more`
  if (values.length < 2) return values.join('')
  return `${values.slice(0, -1).join(', ')} ${or} ${values.at(-1)}`
}

/** "path begins with /a or /b"; null where the ACL matches any request. */
function requestText({ http_filter, http_filter_value, http_filter_option }: AclMatch) {
  const values = listText(http_filter_value, 'or')
  switch (http_filter) {
    case 'path_begin':
      return `path begins with ${listText(http_filter_value.map(pathPrefix), 'or')}`
    case 'path_end':
      return `path ends with ${values}`
    case 'regex':
      return `path matches ${values}`
    case 'http_header_match':
      return `header ${http_filter_option} is ${values || 'there'}`
    case 'acl_http_filter_none':
      return null
  }
}

function actionText({ type, redirect }: AclAction): string {
  if (type === 'allow') return 'Allow'
  if (type === 'deny' || redirect === null) return 'Deny'
  return 'Redirect'
}

/** An ACL as a sentence: "Deny 10.0.0.0/8 where path begins with /admin". */
export function aclText({ match, action }: AclRule): string {
  const isEveryone = match.ip_subnet.some((subnet) => EVERYONE.has(subnet))
  const sources = isEveryone ? null : listText(match.ip_subnet, 'and')
  const request = requestText(match)
  const to =
    action.redirect === null ? '' : ` to ${action.redirect.target} (${action.redirect.code})`
  return `${actionText(action)} ${affectedText(sources, request, match.invert)}${to}`
}

function affectedText(sources: string | null, request: string | null, invert: boolean): string {
  if (!invert) return [sources ?? 'everyone', ...(request ? ['where', request] : [])].join(' ')
  if (sources === null) return request === null ? 'nobody' : `everyone unless ${request}`
  return `everyone but ${sources}${request === null ? '' : ` where ${request}`}`
}
