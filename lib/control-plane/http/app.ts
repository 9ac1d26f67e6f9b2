import { OpenAPIHono } from '@hono/zod-openapi'
import { UNAUTHENTICATED_BODIES_MAX, UNAUTHENTICATED_BODY } from '#lib/process/body-limits.ts'
import { BodySlots } from '#lib/process/body-slots.ts'
import { ACL_ENDPOINTS } from './acl-endpoints.ts'
import { AUDIT_ENDPOINTS } from './audit-endpoints.ts'
import { auditExportRoutes } from './audit-export-routes.ts'
import { auditDenials } from './audit-writer.ts'
import { authenticate } from './authenticate.ts'
import { BACKEND_ENDPOINTS, FAIRLEAD_BACKEND_ENDPOINTS } from './backend-endpoints.ts'
import { CERTIFICATE_ENDPOINTS, FAIRLEAD_CERTIFICATE_ENDPOINTS } from './certificate-endpoints.ts'
import { demoRoutes } from './demo-routes.ts'
import { DOCUMENT, describeSecurity, type Resource } from './describe.ts'
import { DIVERGENCE_ENDPOINTS } from './divergence-endpoints.ts'
import { type Call, type Endpoint, mount, type ScopedCall } from './endpoint.ts'
import type { Environment, Http, Services } from './environment.ts'
import { errorResponse, unknownPathResponse } from './error-response.ts'
import { eventRoutes } from './event-routes.ts'
import { FAILOVER_ENDPOINTS } from './failover-endpoints.ts'
import { FRONTEND_ENDPOINTS } from './frontend-endpoints.ts'
import { healthCheck } from './health-check.ts'
import { HISTORY_ENDPOINTS } from './history-endpoints.ts'
import { IAM_ENDPOINTS } from './iam-endpoints.ts'
import { invitationRoutes } from './invitation-routes.ts'
import { FAIRLEAD_IP_ENDPOINTS, IP_ENDPOINTS } from './ip-endpoints.ts'
import { FAIRLEAD_LB_ENDPOINTS, LB_ENDPOINTS } from './lb-endpoints.ts'
import { limitRequests } from './limit-requests.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { nameSchemas } from './named-schemas.ts'
import { NODE_ENDPOINTS } from './node-endpoints.ts'
import { bearerNode, nodeRoutes } from './node-routes.ts'
import { NOTIFICATION_ENDPOINTS } from './notification-endpoints.ts'
import { passwordRoutes } from './password-routes.ts'
import { PEOPLE_ENDPOINTS } from './people-endpoints.ts'
import { PRIVATE_NETWORK_ENDPOINTS } from './private-network-endpoints.ts'
import { requestGate } from './request-gate.ts'
import { requestLog } from './request-log.ts'
import { ROUTE_ENDPOINTS } from './route-endpoints.ts'
import { RULES_ENDPOINTS } from './rules-endpoints.ts'
import { regionScope, zoneScope } from './scope-of.ts'
import { SEARCH_ENDPOINTS } from './search-endpoints.ts'
import { SESSION_ENDPOINTS } from './session-endpoints.ts'
import { sessionRoutes } from './session-routes.ts'
import { setupRoutes } from './setup-routes.ts'
import { standardHeaders } from './standard-headers.ts'
import { SUBSCRIBER_ENDPOINTS } from './subscriber-endpoints.ts'
import { TOKEN_ENDPOINTS } from './token-endpoints.ts'
import { IPAM_ENDPOINTS, VPC_ENDPOINTS } from './vpc-endpoints.ts'

/** The control plane's HTTP application: middleware, routes and the OpenAPI document. */
export function makeApp(services: Services): OpenAPIHono<Environment> {
  const app = new OpenAPIHono<Environment>()
  app.onError(errorResponse(services.log))
  app.notFound(unknownPathResponse)
  app.use(requestLog(services), standardHeaders, requestGate(services))
  app.use(auditDenials(services))
  app.get('/healthz', healthCheck(services.context.store.reader))
  app.route('/nodes/v1', nodeRoutes(services, bearerNode(services)))
  const publicBody = { ...UNAUTHENTICATED_BODY, slots: new BodySlots(UNAUTHENTICATED_BODIES_MAX) }
  app.route('/fairlead/v1/setup', setupRoutes(services, publicBody))
  app.route('/fairlead/v1/session', sessionRoutes(services, publicBody))
  app.route('/fairlead/v1/invitation', invitationRoutes(services, publicBody))
  app.route('/fairlead/v1/account/password', passwordRoutes(services))
  app.route('/fairlead/v1/metrics', metricsRoutes(services))
  // All routes below require authentication.
  app.use(authenticate(services), limitRequests(services))
  app.route('/fairlead/v1/events', eventRoutes(services))
  app.route('/fairlead/v1/audit/export', auditExportRoutes(services))
  const { demoSocket } = services.context
  if (demoSocket !== null) app.route('/fairlead/v1/demo', demoRoutes(demoSocket))
  mountLoadBalancerApi(app, services)
  mountVpcApi(app, services)
  mountFairleadApi(app, services)
  nameSchemas()
  describeSecurity(app)
  // Generated once, because it takes as long as many requests.
  let document: string | undefined
  app.get('/fairlead/v1/openapi.json', (http) => {
    document ??= JSON.stringify(app.getOpenAPI31Document(DOCUMENT))
    return http.body(document, 200, { 'Content-Type': 'application/json' })
  })
  return app
}

/** Scaleway's Load Balancer API, by resource. */
export const LOAD_BALANCER_API: [Resource, Endpoint<ScopedCall>[]][] = [
  ['Load balancers', LB_ENDPOINTS],
  ['IP addresses', IP_ENDPOINTS],
  ['Backends', BACKEND_ENDPOINTS],
  ['Frontends', FRONTEND_ENDPOINTS],
  ['Routes', ROUTE_ENDPOINTS],
  ['ACLs', ACL_ENDPOINTS],
  ['Certificates', CERTIFICATE_ENDPOINTS],
  ['Private networks', PRIVATE_NETWORK_ENDPOINTS],
  ['Subscribers', SUBSCRIBER_ENDPOINTS],
]

/** Mounts Scaleway's API by region and by zone: the same objects under two base paths. */
function mountLoadBalancerApi(app: OpenAPIHono<Environment>, services: Services): void {
  const bases = [
    { base: '/lb/v1/regions/{region}', scopeOf: regionScope },
    { base: '/lb/v1/zones/{zone}', scopeOf: zoneScope },
  ]
  for (const { base, scopeOf } of bases) {
    const callOf = (http: Http, call: Call) => ({ ...call, scope: scopeOf(http) })
    for (const [tag, endpoints] of LOAD_BALANCER_API) {
      mount(app, endpoints, { services, base, tag, callOf })
    }
  }
}

/** What clients read from Scaleway's IPAM and VPC for a load balancer in a private network. */
export const VPC_API: [base: string, Endpoint<ScopedCall>[]][] = [
  ['/ipam/v1/regions/{region}', IPAM_ENDPOINTS],
  ['/vpc/v2/regions/{region}', VPC_ENDPOINTS],
]

function mountVpcApi(app: OpenAPIHono<Environment>, services: Services): void {
  const callOf = (http: Http, call: Call) => ({ ...call, scope: regionScope(http) })
  for (const [base, endpoints] of VPC_API) {
    mount(app, endpoints, { services, base, tag: 'Private networks', callOf })
  }
}

/** Fairlead's own API, by resource. */
export const FAIRLEAD_API: [Resource, Endpoint<Call>[]][] = [
  [
    'Across regions',
    [
      ...FAIRLEAD_LB_ENDPOINTS,
      ...HISTORY_ENDPOINTS,
      ...RULES_ENDPOINTS,
      ...FAIRLEAD_BACKEND_ENDPOINTS,
      ...FAIRLEAD_CERTIFICATE_ENDPOINTS,
      ...FAIRLEAD_IP_ENDPOINTS,
      ...DIVERGENCE_ENDPOINTS,
      ...SEARCH_ENDPOINTS,
    ],
  ],
  ['High availability', [...FAILOVER_ENDPOINTS, ...NODE_ENDPOINTS]],
  ['Notifications', NOTIFICATION_ENDPOINTS],
  ['API tokens', TOKEN_ENDPOINTS],
  ['People', PEOPLE_ENDPOINTS],
  ['Sessions', SESSION_ENDPOINTS],
  ['Audit', AUDIT_ENDPOINTS],
]

function mountFairleadApi(app: OpenAPIHono<Environment>, services: Services): void {
  const shared = { services, base: '/fairlead/v1', callOf: (_http: Http, call: Call) => call }
  for (const [tag, endpoints] of FAIRLEAD_API) mount(app, endpoints, { ...shared, tag })
  mount(app, IAM_ENDPOINTS, { ...shared, base: '', tag: 'Projects and keys' })
}
