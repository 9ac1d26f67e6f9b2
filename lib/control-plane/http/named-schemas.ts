import * as z from 'zod'
import { Acl } from '#lib/core/acl.ts'
import { ApiToken } from '#lib/core/api-token.ts'
import { Backend } from '#lib/core/backend.ts'
import { BackendServerStats } from '#lib/core/backend-stats.ts'
import { Certificate } from '#lib/core/certificate.ts'
import { Change } from '#lib/core/change.ts'
import { Delivery } from '#lib/core/delivery.ts'
import { Failover } from '#lib/core/failover.ts'
import { Frontend } from '#lib/core/frontend.ts'
import { HealthCheck, HealthCheckInput } from '#lib/core/health-check.ts'
import { Ip } from '#lib/core/ip.ts'
import { IpamIp } from '#lib/core/ipam.ts'
import { Instance, Lb } from '#lib/core/lb.ts'
import { LbHealth } from '#lib/core/lb-health.ts'
import { LbType } from '#lib/core/lb-type.ts'
import { NodeStatus } from '#lib/core/node.ts'
import { LbOverview, ObservedLb } from '#lib/core/observed.ts'
import { PrivateNetwork } from '#lib/core/private-network.ts'
import { Problem } from '#lib/core/problem.ts'
import { Route } from '#lib/core/route.ts'
import { SearchHit } from '#lib/core/search.ts'
import { Subscriber } from '#lib/core/subscriber.ts'
import { Vpc, VpcPrivateNetwork } from '#lib/core/vpc.ts'

const ArgumentDetail = z.object({
  argument_name: z
    .string()
    .meta({ description: 'The path of the field in the request: `backends.0.name`.' }),
  reason: z.enum(['unknown', 'required', 'format', 'constraint']),
  help_message: z.string().meta({ description: 'What is wrong with the field.' }),
})

/** The body of every error response: `ApiErrorBody` of `lib/core`. */
export const ErrorBody = z.looseObject({
  message: z.string().meta({ description: 'What is wrong.' }),
  type: z
    .string()
    .optional()
    .meta({ description: 'The kind of error. Some kinds have further fields.' }),
  details: z
    .array(ArgumentDetail)
    .optional()
    .meta({ description: 'The wrong fields, with `invalid_arguments`.' }),
  help_message: z.string().optional().meta({ description: 'What to do about it.' }),
})

const OBJECTS = {
  Lb: [Lb, 'A load balancer.'],
  Instance: [Instance, "One of a load balancer's two instances."],
  Ip: [Ip, 'A highly available IP address.'],
  Backend: [Backend, 'A group of servers, with its load balancer.'],
  HealthCheck: [
    HealthCheck,
    "The health check of a backend's servers. It has exactly one `…_config` field.",
  ],
  HealthCheckInput: [
    HealthCheckInput,
    "The health check of a backend's servers. At most one `…_config` field. Default: TCP.",
  ],
  Frontend: [
    Frontend,
    'A port that a load balancer listens on, with its backend and its load balancer.',
  ],
  Route: [Route, "Sends a frontend's traffic for a name or a path to a backend."],
  Acl: [Acl, 'A rule of a frontend that allows, denies or redirects.'],
  Certificate: [Certificate, 'A certificate, without its private key.'],
  PrivateNetwork: [PrivateNetwork, 'An attachment to a private network.'],
  IpamIp: [IpamIp, 'An attachment to a private network, as IPAM shows it. It has no address.'],
  VpcPrivateNetwork: [VpcPrivateNetwork, 'A private network that load balancers are attached to.'],
  Vpc: [Vpc, 'The VPC of a region, which contains its private networks.'],
  Subscriber: [
    Subscriber,
    'A webhook or an email address that is notified of events of load balancers.',
  ],
  Delivery: [Delivery, 'The delivery of an event to a subscriber, with its attempts.'],
  BackendServerStats: [BackendServerStats, 'The state of a server as one instance sees it.'],
  LbType: [LbType, 'A load balancer type.'],
  LbHealth: [LbHealth, "A load balancer's health, derived from its nodes' reports."],
  Problem: [Problem, 'Something that is wrong with a load balancer.'],
  LbOverview: [LbOverview, 'A load balancer with its health, server counts and problems.'],
  ObservedLb: [ObservedLb, 'The observed state of a load balancer.'],
  Failover: [Failover, 'A failover or switchover of a load balancer.'],
  NodeStatus: [NodeStatus, 'A node, which runs the instances of load balancers.'],
  Change: [Change, "An entry of a load balancer's history."],
  SearchHit: [SearchHit, 'A search result.'],
  ApiToken: [ApiToken, 'An API token, without its secret key.'],
  Error: [ErrorBody, 'The body of every error response.'],
} as const satisfies Record<string, readonly [z.ZodType, string]>

/**
 * Registers the API's objects by name, so that the OpenAPI document contains each of them once. `_internal.refId` is the key that
 * the generator reads; its own `.openapi()` would copy the schemas, and objects embed each other.
 */
export function nameSchemas(): void {
  for (const [refId, [schema, description]] of Object.entries(OBJECTS)) {
    z.globalRegistry.add(schema, { description, _internal: { refId } })
  }
}
