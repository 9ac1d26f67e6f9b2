import * as z from 'zod'
import { Description, nameOf, nullable, optional, withDefault } from './fields.ts'
import { Frontend } from './frontend.ts'
import { parseAuthority } from './host.ts'
import { NameFilter, OrderBy, Paging } from './list.ts'
import { redirectTargetProblem } from './redirect-target.ts'
import { Subnet } from './subnet.ts'

/** Limits of a frontend and of an ACL. */
export const ACLS_MAX = 200
export const SUBNETS_MAX = 1000
export const FILTER_VALUES_MAX = 100
export const FILTER_VALUE_MAX = 1024

export const HTTP_FILTERS = [
  'acl_http_filter_none',
  'path_begin',
  'path_end',
  'regex',
  'http_header_match',
] as const
/** The part of an HTTP request that is compared; HTTP frontends only. */
export const AclHttpFilter = z.enum(HTTP_FILTERS)
export type AclHttpFilter = z.infer<typeof AclHttpFilter>

export const REDIRECT_CODES = [301, 302, 303, 307, 308] as const
export const REDIRECT_CODE_DEFAULT = 302

/** An ACL matches if both source and HTTP filter match; with `invert`, if not both match. */
export const AclMatch = z.object({
  ip_subnet: z.array(z.string()),
  /** Scaleway's Edge Services. Matches nothing here. */
  ips_edge_services: z.boolean(),
  http_filter: AclHttpFilter,
  http_filter_value: z.array(z.string()),
  /** The name of the header, with `http_header_match`. */
  http_filter_option: z.string().nullable(),
  invert: z.boolean(),
})
export type AclMatch = z.infer<typeof AclMatch>

export const AclRedirect = z.object({
  type: z.enum(['location', 'scheme']),
  target: z.string(),
  code: z.int(),
})
export type AclRedirect = z.infer<typeof AclRedirect>

/** `redirect` is null unless the type is "redirect". */
export const AclAction = z.object({
  type: z.enum(['allow', 'deny', 'redirect']),
  redirect: AclRedirect.nullable(),
})
export type AclAction = z.infer<typeof AclAction>

/** An ACL without the frontend that it embeds. */
export const AclFields = z.object({
  id: z.string(),
  name: z.string(),
  match: AclMatch,
  action: AclAction,
  /** ACLs are evaluated in ascending order; the first match applies. */
  index: z.int(),
  description: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type AclFields = z.infer<typeof AclFields>

/** An ACL, as the API returns it. */
export const Acl = AclFields.extend({ frontend: Frontend })
export type Acl = z.infer<typeof Acl>

export const AclList = z.object({ acls: z.array(Acl), total_count: z.int() })
export type AclList = z.infer<typeof AclList>

const ANY_SOURCE = '0.0.0.0/0'
const HOST_HINT =
  'A value for Host must be a host name or an address. Add a port to match that port only. For example: www.example.com'
const HEADER_NAME_MAX = 128
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NO_CONTROLS = /^\P{Cc}*$/u

const FilterValue = z
  .string()
  .min(1, { error: "A value can't be empty." })
  .max(FILTER_VALUE_MAX, { error: `A value can have at most ${FILTER_VALUE_MAX} characters.` })
  .regex(NO_CONTROLS, { error: "A value can't contain line breaks or control characters." })

/** The `match` of requests. Default: any source. */
export const AclMatchInput = z
  .object({
    ip_subnet: withDefault(
      z
        .array(Subnet)
        .max(SUBNETS_MAX, { error: `An ACL can have at most ${SUBNETS_MAX} addresses.` }),
      [],
    ).transform((subnets) => (subnets.length === 0 ? [ANY_SOURCE] : subnets)),
    ips_edge_services: withDefault(z.boolean(), false),
    http_filter: withDefault(AclHttpFilter, 'acl_http_filter_none'),
    http_filter_value: withDefault(
      z
        .array(FilterValue)
        .max(FILTER_VALUES_MAX, { error: `An ACL can have at most ${FILTER_VALUES_MAX} values.` }),
      [],
    ).meta({
      description: 'One of them must match. The leading slash of path_begin values is optional.',
    }),
    http_filter_option: nullable(
      z
        .string()
        .trim()
        .max(HEADER_NAME_MAX, {
          error: `A header name can have at most ${HEADER_NAME_MAX} characters.`,
        }),
    ),
    invert: withDefault(z.boolean(), false),
  })
  .superRefine((match, context) => {
    for (const { field, message } of filterConflicts(match)) {
      context.addIssue({ code: 'custom', path: field, message })
    }
  })

type Conflict = { field: (string | number)[]; message: string }

/** Conflicts between the fields of an HTTP filter. */
function filterConflicts({
  http_filter: filter,
  http_filter_value: values,
  http_filter_option: header,
}: AclMatch): Conflict[] {
  const conflicts: Conflict[] = []
  const add = (message: string, ...field: (string | number)[]) => conflicts.push({ field, message })
  if (filter === 'acl_http_filter_none') {
    if (values.length > 0) add('Values require an HTTP filter.', 'http_filter')
    return conflicts
  }
  if (filter === 'http_header_match') {
    if (!header) add('Header name is required.', 'http_filter_option')
    else if (!HEADER_NAME.test(header)) {
      add("Header name can't contain spaces, quotes or colons.", 'http_filter_option')
    }
  } else if (values.length === 0) add('At least one value is required.', 'http_filter_value')
  if (filter === 'http_header_match' && header?.toLowerCase() === 'host') {
    values.forEach((value, index) => {
      if (parseAuthority(value) === null) add(HOST_HINT, 'http_filter_value', index)
    })
  }
  return conflicts
}

const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]{0,31}$/

const RedirectInput = z
  .object({
    type: z.enum(['location', 'scheme']),
    target: z
      .string({ error: 'Target is required.' })
      .trim()
      .min(1, { error: 'Target is required.' })
      .max(2048, { error: 'Target can have at most 2048 characters.' }),
    code: withDefault(
      // SDKs send 0 for an unset code.
      z
        .literal([0, ...REDIRECT_CODES], {
          error: `Code must be one of ${REDIRECT_CODES.join(', ')}.`,
        })
        .transform((code) => code || REDIRECT_CODE_DEFAULT),
      REDIRECT_CODE_DEFAULT,
    ),
  })
  .superRefine(({ type, target }, context) => {
    const issue = (message: string) =>
      context.addIssue({ code: 'custom', path: ['target'], message })
    if (type === 'scheme') {
      if (!SCHEME.test(target)) issue('Target must be a scheme. For example: https')
      return
    }
    const problem = redirectTargetProblem(target)
    if (problem !== null) issue(problem)
  })

/** The `action` of requests. */
export const AclActionInput = z
  .object({ type: z.enum(['allow', 'deny', 'redirect']), redirect: nullable(RedirectInput) })
  .superRefine(({ type, redirect }, context) => {
    if (type === 'redirect' && redirect === null) {
      const message = 'A redirect with type and target is required.'
      context.addIssue({ code: 'custom', path: ['redirect'], message })
    }
    if (type !== 'redirect' && redirect !== null) {
      const message = `A redirect is given, but the action is "${type}".`
      context.addIssue({ code: 'custom', path: ['redirect'], message })
    }
  })

const EXAMPLE = {
  name: 'office only',
  action: { type: 'deny' },
  match: { ip_subnet: ['203.0.113.0/24'], invert: true },
  index: 1,
}

/** An ACL as requests carry it: `POST frontends/{id}/acls`, and one of `PUT frontends/{id}/acls`. */
export const AclSpec = z
  .object({
    name: nameOf('ACL name'),
    action: AclActionInput,
    match: withDefault(AclMatchInput, {
      ip_subnet: [ANY_SOURCE],
      ips_edge_services: false,
      http_filter: 'acl_http_filter_none',
      http_filter_value: [],
      http_filter_option: null,
      invert: false,
    }),
    index: z.int({ error: 'Index must be a whole number.' }).min(0).max(1_000_000),
    description: withDefault(Description, ''),
  })
  .meta({ example: EXAMPLE })
export type AclSpec = z.infer<typeof AclSpec>

/** `PUT acls/{acl_id}`. An omitted description or match keeps its value. */
export const UpdateAcl = AclSpec.extend({
  match: optional(AclMatchInput),
  description: optional(Description),
}).meta({ example: EXAMPLE })
export type UpdateAcl = z.infer<typeof UpdateAcl>

/** `PUT frontends/{frontend_id}/acls`: replaces all ACLs of a frontend. */
export const SetAcls = z
  .object({
    acls: z
      .array(AclSpec)
      .max(ACLS_MAX, { error: `A frontend can have at most ${ACLS_MAX} ACLs.` }),
  })
  .meta({ example: { acls: [EXAMPLE] } })
export type SetAcls = z.infer<typeof SetAcls>

export const ListAcls = Paging.extend({ name: NameFilter, order_by: OrderBy })
export type ListAcls = z.infer<typeof ListAcls>
