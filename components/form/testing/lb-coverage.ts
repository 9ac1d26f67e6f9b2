import { BackendRuleFields } from '#components/lb/form/backend-rule-fields.tsx'
import { FrontendRuleFields } from '#components/lb/form/frontend-rule-fields.tsx'
import { IdentityFields, IpField, RegionField } from '#components/lb/form/lb-fields.tsx'
import {
  CREATE_LB_FORM,
  IDENTITY_FORM,
  type LbValues,
  newLb,
} from '#components/lb/form/lb-values.ts'
import {
  CREATE_BACKEND_FORM,
  CREATE_FRONTEND_FORM,
  draftCheckFields,
} from '#components/lb/form/rule-requests.ts'
import {
  type BackendValues,
  newBackend,
  newFrontend,
  type RulesValues,
} from '#components/lb/form/rule-values.ts'
import { SUBSCRIBE_FORM, SubscriberField } from '#components/lb/overview/subscribe-dialog.tsx'
import { TYPE_FORM, TypeField } from '#components/lb/resize/resize-dialog.tsx'
import { AclFields } from '#components/lb/routing/acl-dialog.tsx'
import { aclForm, NEW_ACL } from '#components/lb/routing/acl-values.ts'
import { RouteFields } from '#components/lb/routing/route-dialog.tsx'
import { type RouteValues, routeForm } from '#components/lb/routing/route-values.ts'
import { EDIT_BACKEND_FORM } from '#components/lb/rules/edit/backend-edit-row.tsx'
import { EDIT_FRONTEND_FORM } from '#components/lb/rules/edit/frontend-edit-row.tsx'
import { CHECK_KINDS } from '#lib/core/check-kind.ts'
import { type Coverage, form, h, PROJECT_EXEMPT, variantsOf } from './coverage.ts'

const backend = newBackend([])
const BACKENDS: BackendValues[] = [
  ...CHECK_KINDS.map((kind) => ({ ...backend, check: { ...backend.check, kind } })),
  { ...backend, check: { ...backend.check, port: '81' } },
  { ...backend, sticky: 'cookie' },
  { ...backend, protocol: 'tcp', tls: true },
]
const frontend = newFrontend([], undefined)
const BACKEND_RULES: RulesValues[] = BACKENDS.map((one) => ({ frontends: [], backends: [one] }))
const FRONTEND_RULES: RulesValues[] = [{ frontends: [frontend], backends: [] }]
const LBS: LbValues[] = BACKENDS.map((one) => ({
  ...newLb('80'),
  name: 'x',
  ip: 'some-id',
  frontends: [frontend],
  backends: [one],
}))

const backendInputs = () => h(BackendRuleFields, { index: 0, demo: null, test: null })
const frontendInputs = () => h(FrontendRuleFields, { index: 0, choices: [] })
const identityInputs = () => h(IdentityFields)
const lbInputs = () => [
  h(IdentityFields, { key: 0 }),
  h(RegionField, { key: 1 }),
  h(IpField, { key: 2, conserved: [] }),
  h(BackendRuleFields, { key: 3, index: 0, demo: null, test: null }),
  h(FrontendRuleFields, { key: 4, index: 0, choices: [] }),
]
const routes: RouteValues[] = (['sni', 'host_header', 'path_begin'] as const).map((kind) => ({
  kind,
  value: 'x',
  subdomains: false,
  backend: 'some-id',
}))
const routeInputs = ({ kind }: RouteValues) =>
  h(RouteFields, { protocol: kind === 'sni' ? 'tcp' : 'http', backends: [] })
const acls = variantsOf(NEW_ACL, { action: 'redirect' }, { filter: 'http_header_match' })

/** Fields of backends without an input, and why. */
const BACKEND_EXEMPT = {
  send_proxy_v2: 'Replaced by proxy_protocol.',
  ssl_bridging: 'The console shows it, but has no input for it yet.',
  ignore_ssl_server_verify: 'Belongs to ssl_bridging.',
}
const FRONTEND_EXEMPT = {
  enable_http3: 'HTTP/3 has no effect: frontends do not terminate TLS.',
  certificate_id: 'Frontends do not terminate TLS.',
  certificate_ids: 'Frontends do not terminate TLS.',
}
const inList = (list: string, exempt: Record<string, string>) =>
  Object.fromEntries(Object.entries(exempt).map(([path, reason]) => [`${list}.${path}`, reason]))

/** The forms for the requests about load balancers and their rules. */
export const LB_COVERAGE: Coverage[] = [
  {
    schema: 'CreateLb',
    forms: [form(CREATE_LB_FORM, LBS, lbInputs)],
    exempt: {
      ...PROJECT_EXEMPT,
      ...inList('backends', BACKEND_EXEMPT),
      ...inList('frontends', FRONTEND_EXEMPT),
      type: 'Chosen afterwards, with Change type.',
      ip_ids: 'Replaced by ip_id.',
      assign_flexible_ip: 'Each load balancer has an address.',
      assign_flexible_ipv6: 'Addresses are IPv4.',
      ssl_compatibility_level: 'Frontends do not terminate TLS.',
    },
  },
  {
    schema: 'UpdateLb',
    forms: [form(IDENTITY_FORM, [newLb('80')], identityInputs)],
    exempt: { ssl_compatibility_level: 'Frontends do not terminate TLS.' },
  },
  {
    schema: 'MigrateLb',
    forms: [form(TYPE_FORM, [{ type: 'lb-s' }], () => h(TypeField, { current: '' }))],
  },
  {
    schema: 'SubscribeToLb',
    forms: [
      form(SUBSCRIBE_FORM, [{ subscriber: 'x' }], () => h(SubscriberField, { subscribers: [] })),
    ],
  },
  {
    schema: 'CreateBackend',
    forms: [form(CREATE_BACKEND_FORM, BACKEND_RULES, backendInputs)],
    exempt: BACKEND_EXEMPT,
  },
  {
    schema: 'ChangeRules',
    forms: [
      form(CREATE_FRONTEND_FORM, FRONTEND_RULES, frontendInputs),
      form(EDIT_FRONTEND_FORM, FRONTEND_RULES, frontendInputs),
      form(EDIT_BACKEND_FORM, BACKEND_RULES, backendInputs),
    ],
    exempt: {
      ...inList('new_frontends', FRONTEND_EXEMPT),
      'backends.id': 'The row names the backend.',
      'backends.updated_at': 'The version that the row was opened with.',
      'frontends.id': 'The row names the frontend.',
      'frontends.updated_at': 'The version that the row was opened with.',
    },
  },
  {
    schema: 'DraftCheckRequest',
    forms: [
      form(
        {
          fields: (values: RulesValues) =>
            draftCheckFields(values.backends[0] ?? backend, 'backends.0.'),
        },
        BACKEND_RULES,
        backendInputs,
      ),
    ],
    exempt: {
      region: "The load balancer's region.",
      ssl_bridging: BACKEND_EXEMPT.ssl_bridging,
      ignore_ssl_server_verify: BACKEND_EXEMPT.ignore_ssl_server_verify,
    },
  },
  {
    schema: 'SetAcls',
    part: 'acls',
    forms: [form(aclForm(null), acls, () => h(AclFields, { protocol: 'http' }))],
    exempt: {
      'acls.index': 'The position in the list.',
      'acls.match.ips_edge_services': 'Edge Services do not exist here.',
    },
  },
  {
    schema: 'CreateRoute',
    forms: [
      form(
        routeForm(() => null),
        routes,
        routeInputs,
      ),
    ],
    exempt: { frontend_id: "The page's frontend." },
  },
  {
    schema: 'UpdateRoute',
    forms: [
      form(
        routeForm(() => null),
        routes,
        routeInputs,
      ),
    ],
  },
]
