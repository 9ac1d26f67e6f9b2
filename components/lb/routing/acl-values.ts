import type * as z from 'zod'
import type { ValidationError } from '#lib/client/api-error.ts'
import { withDirtyFields } from '#lib/client/dirty-fields.ts'
import { type Acl, type AclHttpFilter, AclSpec, REDIRECT_CODE_DEFAULT } from '#lib/core/acl.ts'

/** An ACL as its form holds it: text as typed, lists one item a line. */
export type AclValues = {
  name: string
  action: 'allow' | 'deny' | 'redirect'
  redirectType: 'location' | 'scheme'
  target: string
  code: string
  sources: string
  filter: AclHttpFilter
  header: string
  values: string
  invert: boolean
  description: string
}

export const NEW_ACL: AclValues = {
  name: '',
  action: 'deny',
  redirectType: 'location',
  target: '',
  code: String(REDIRECT_CODE_DEFAULT),
  sources: '',
  filter: 'acl_http_filter_none',
  header: '',
  values: '',
  invert: false,
  description: '',
}

/** The values of a text with one a line. Spaces around a value are of no meaning, unless it had them before. */
function linesOf(text: string, known: readonly string[]): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => (known.includes(line) ? line : line.trim()))
    .filter(Boolean)
}

/** Addresses may be separated by anything that is in none of them. */
const addressesOf = (text: string) => text.split(/[\s,;]+/).filter(Boolean)

export function aclValues({ name, action, match, description }: AclSpec): AclValues {
  const { redirect } = action
  const everybody = match.ip_subnet.length === 1 && match.ip_subnet[0] === '0.0.0.0/0'
  return {
    name,
    action: action.type,
    redirectType: redirect?.type ?? 'location',
    target: redirect?.target ?? '',
    code: String(redirect?.code ?? REDIRECT_CODE_DEFAULT),
    sources: everybody ? '' : match.ip_subnet.join('\n'),
    filter: match.http_filter,
    header: match.http_filter_option ?? '',
    values: match.http_filter_value.join('\n'),
    invert: match.invert,
    description,
  }
}

/** The request that the values make. What is hidden is not in it. @param known the filter's values before */
function requestOf(
  values: AclValues,
  index: number,
  known: readonly string[],
): z.input<typeof AclSpec> {
  const { action, filter } = values
  const isFiltered = filter !== 'acl_http_filter_none'
  const redirect = {
    type: values.redirectType,
    target: values.target,
    code: Number(values.code) as 301,
  }
  return {
    name: values.name,
    action: { type: action, redirect: action === 'redirect' ? redirect : null },
    match: {
      ip_subnet: addressesOf(values.sources),
      http_filter: filter,
      http_filter_value: isFiltered ? linesOf(values.values, known) : [],
      http_filter_option: filter === 'http_header_match' ? values.header : null,
      invert: values.invert,
    },
    index,
    description: values.description,
  }
}

/** The ACL that the form's values make. Fields that were not edited keep the known ACL's values. */
export function aclRequest(values: AclValues, known: AclSpec | null): z.input<typeof AclSpec> {
  if (known === null) return requestOf(values, 0, [])
  const { index, match } = known
  const [before, after] = [aclValues(known), values].map((one) =>
    requestOf(one, index, match.http_filter_value),
  )
  return withDirtyFields(known, before as object, after as z.input<typeof AclSpec>)
}

export type AclField = keyof AclValues

/** Which input each field of the request is typed in; the list's items are lines of one. */
const INPUTS: readonly [RegExp, AclField][] = [
  [/^name$/, 'name'],
  [/^action\.redirect\.target$/, 'target'],
  [/^action\.redirect\.code$/, 'code'],
  [/^action\.redirect\.type$/, 'redirectType'],
  [/^action/, 'action'],
  [/^match\.ip_subnet/, 'sources'],
  [/^match\.http_filter_value/, 'values'],
  [/^match\.http_filter_option/, 'header'],
  [/^match\.http_filter/, 'filter'],
  [/^description$/, 'description'],
]

/** The input for a field of the request. */
const inputOf = (field: string): AclField =>
  INPUTS.find(([pattern]) => pattern.test(field))?.[1] ?? 'name'

/** The server's errors for one ACL, by input. */
export type AclRefusal = Partial<Record<AclField, string>>

/** Sorts the server's errors for a list of ACLs: `each` by the ACL's index, `rest` for the list as a whole. */
export function aclRefusals(problems: readonly ValidationError[]): {
  each: ReadonlyMap<number, AclRefusal>
  rest: string[]
} {
  const each = new Map<number, AclRefusal>()
  const rest: string[] = []
  for (const { field, message } of problems) {
    const [, place, part] = /^acls\.(\d+)\.(.+)$/.exec(field) ?? []
    if (place === undefined || part === undefined) {
      rest.push(message)
      continue
    }
    const refusal = each.get(Number(place)) ?? {}
    refusal[inputOf(part)] ??= message
    each.set(Number(place), refusal)
  }
  return { each, rest }
}

/** What is wrong with the values, the first of each input; and the ACL where nothing is. */
export function checkAcl(
  values: AclValues,
  known: AclSpec | null,
): { acl: AclSpec; problems: null } | { acl: null; problems: Partial<Record<AclField, string>> } {
  const parsed = AclSpec.safeParse(aclRequest(values, known))
  if (parsed.success) return { acl: parsed.data, problems: null }
  const problems: Partial<Record<AclField, string>> = {}
  for (const { path, message } of parsed.error.issues) {
    const field = path.join('.')
    const input = inputOf(field)
    const item = /^match\.(?:ip_subnet|http_filter_value)\.(\d+)$/.exec(field)
    problems[input] ??= item
      ? `${itemOf(values, input, Number(item[1]), known)}: ${message}`
      : message
  }
  return { acl: null, problems }
}

function itemOf(values: AclValues, input: AclField, at: number, known: AclSpec | null): string {
  const before = known?.match.http_filter_value ?? []
  const items = input === 'sources' ? addressesOf(values.sources) : linesOf(values.values, before)
  return items[at] ?? ''
}

/** An ACL as a request has it, of one that was read. */
export function specOf({ name, action, match, index, description }: Acl): AclSpec {
  return { name, action: action as AclSpec['action'], match, index, description }
}

/** Indexes that keep the order of a list, each as it was where that is possible. */
export function withIndexes(acls: readonly AclSpec[]): AclSpec[] {
  let last = -1
  return acls.map((acl) => {
    last = acl.index > last ? acl.index : last + 1
    return { ...acl, index: last }
  })
}
