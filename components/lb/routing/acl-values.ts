import type * as z from 'zod'
import { fieldsOf, matchErrors, requestOf, withBody } from '#components/form/request-fields.ts'
import { formRequest } from '#components/form/use-api-form.ts'
import { ApiError, validationErrors } from '#lib/client/api-error.ts'
import { withDirtyFields } from '#lib/client/dirty-fields.ts'
import {
  type Acl,
  type AclHttpFilter,
  AclSpec,
  REDIRECT_CODE_DEFAULT,
  type REDIRECT_CODES,
} from '#lib/core/acl.ts'

/** What the inputs of an ACL hold: text as typed, lists with one item per line. */
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

/** The lines of a text. Spaces around a line are removed, unless a base value has them. */
function linesOf(text: string, baseValues: readonly string[]): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => (baseValues.includes(line) ? line : line.trim()))
    .filter(Boolean)
}

const addressesOf = (text: string) => text.split(/[\s,;]+/).filter(Boolean)

export function aclValues({ name, action, match, description }: AclSpec): AclValues {
  const { redirect } = action
  const isEveryone = match.ip_subnet.length === 1 && match.ip_subnet[0] === '0.0.0.0/0'
  return {
    name,
    action: action.type,
    redirectType: redirect?.type ?? 'location',
    target: redirect?.target ?? '',
    code: String(redirect?.code ?? REDIRECT_CODE_DEFAULT),
    sources: isEveryone ? '' : match.ip_subnet.join('\n'),
    filter: match.http_filter,
    header: match.http_filter_option ?? '',
    values: match.http_filter_value.join('\n'),
    invert: match.invert,
    description,
  }
}

/** The fields of an ACL. Hidden inputs are not sent. */
function inputFields(values: AclValues, base: AclSpec | null) {
  const field = fieldsOf<AclValues>()
  const { action, filter } = values
  const addresses = addressesOf(values.sources)
  const isFiltered = filter !== 'acl_http_filter_none'
  const lines = isFiltered ? linesOf(values.values, base?.match.http_filter_value ?? []) : []
  return {
    name: field('name', values.name),
    action: {
      type: field('action', action),
      redirect:
        action === 'redirect'
          ? {
              type: field('redirectType', values.redirectType),
              target: field('target', values.target),
              code: field('code', Number(values.code) as (typeof REDIRECT_CODES)[number]),
            }
          : null,
    },
    match: {
      ip_subnet: field('sources', addresses, (index) => addresses[index]),
      http_filter: field('filter', filter),
      http_filter_value: field('values', lines, (index) => lines[index]),
      http_filter_option: field('header', filter === 'http_header_match' ? values.header : null),
      invert: field('invert', values.invert),
    },
    index: base?.index ?? 0,
    description: field('description', values.description),
  }
}

/** The ACL that the inputs make. Fields that were not edited keep the base's values. */
export function aclRequest(values: AclValues, base: AclSpec | null): z.input<typeof AclSpec> {
  const after = requestOf(inputFields(values, base))
  if (base === null) return after
  return withDirtyFields(base, requestOf(inputFields(aclValues(base), base)), after)
}

/** @param base the ACL to edit; null for a new one */
export const aclForm = (base: AclSpec | null) =>
  formRequest({
    fields: (values: AclValues) => withBody(inputFields(values, base), aclRequest(values, base)),
    schema: () => AclSpec,
  })

/** The errors of a rejected list of ACLs: of each ACL by its position, and the messages of the list as a whole. */
export type AclErrors = { each: ReadonlyMap<number, ApiError>; rest: string[] }

export function aclErrors(error: unknown): AclErrors {
  const each = new Map<number, ApiError>()
  const rest: string[] = []
  for (const { field, message } of validationErrors(error)) {
    const [, position, part] = /^acls\.(\d+)\.(.+)$/.exec(field) ?? []
    if (position === undefined || part === undefined) {
      rest.push(message)
      continue
    }
    const { body } = each.get(Number(position)) ?? { body: { message, details: [] } }
    const details = [...(body.details ?? []), { argument_name: part, help_message: message }]
    each.set(Number(position), new ApiError(400, { ...body, details }, null))
  }
  return { each, rest }
}

/** The messages of one ACL's errors. */
export function aclErrorMessages(acl: AclSpec, error: ApiError | undefined): string[] {
  const { byInput, unmatched } = matchErrors(
    validationErrors(error),
    inputFields(aclValues(acl), acl),
  )
  return [...byInput.values(), ...unmatched]
}

/** An ACL of a response as a request has it. */
export function specOf({ name, action, match, index, description }: Acl): AclSpec {
  return { name, action: action as AclSpec['action'], match, index, description }
}

/** Gives ACLs ascending indexes in the order of the list, and keeps those that ascend already. */
export function withIndexes(acls: readonly AclSpec[]): AclSpec[] {
  let last = -1
  return acls.map((acl) => {
    last = acl.index > last ? acl.index : last + 1
    return { ...acl, index: last }
  })
}
