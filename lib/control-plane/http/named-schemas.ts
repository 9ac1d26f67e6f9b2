import * as z from 'zod'
import { Acl } from '#lib/core/acl.ts'
import { ApiToken } from '#lib/core/api-token.ts'
import { Backend } from '#lib/core/backend.ts'
import { BackendServerStats } from '#lib/core/backend-stats.ts'
import { Certificate } from '#lib/core/certificate.ts'
import { Change } from '#lib/core/change.ts'
import { Delivery } from '#lib/core/delivery.ts'
import { Failover, NodeStatus } from '#lib/core/failover.ts'
import { Frontend } from '#lib/core/frontend.ts'
import { HealthCheck, HealthCheckInput } from '#lib/core/health-check.ts'
import { Ip } from '#lib/core/ip.ts'
import { IpamIp } from '#lib/core/ipam.ts'
import { Instance, Lb } from '#lib/core/lb.ts'
import { LbType } from '#lib/core/lb-type.ts'
import { LbOverview, ObservedLb } from '#lib/core/observed.ts'
import { PrivateNetwork } from '#lib/core/private-network.ts'
import { Route } from '#lib/core/route.ts'
import { SearchHit } from '#lib/core/search.ts'
import { Subscriber } from '#lib/core/subscriber.ts'
import { Vpc, VpcPrivateNetwork } from '#lib/core/vpc.ts'

const ArgumentDetail = z.object({
  argument_name: z.string().meta({ description: 'Its path in the request: `backends.0.name`.' }),
  reason: z.enum(['unknown', 'required', 'format', 'constraint']),
  help_message: z.string().meta({ description: 'What is wrong with it, in words.' }),
})

/** The body of every error answer, as `ApiErrorBody` of the core has it. */
export const ErrorBody = z.looseObject({
  message: z.string().meta({ description: 'What is wrong, in words.' }),
  type: z
    .string()
    .optional()
    .meta({ description: 'The kind of error. Some kinds have fields of their own.' }),
  details: z
    .array(ArgumentDetail)
    .optional()
    .meta({ description: 'Each wrong field, with `invalid_arguments`.' }),
  help_message: z.string().optional().meta({ description: 'What to do about it.' }),
})

const OBJECTS = {
  Lb: [Lb, 'A load balancer.'],
  Instance: [Instance, "One of a load balancer's two instances."],
  Ip: [Ip, 'A highly available IP address.'],
  Backend: [Backend, 'A set of servers, with its load balancer.'],
  HealthCheck: [
    HealthCheck,
    "How a backend's servers are checked. It has one of the `…_config` fields.",
  ],
  HealthCheckInput: [
    HealthCheckInput,
    "How a backend's servers are to be checked. One of the `…_config` fields says how; TCP where there is none.",
  ],
  Frontend: [
    Frontend,
    'A port that a load balancer listens on, with its backend and its load balancer.',
  ],
  Route: [Route, 'Where a frontend passes traffic for a name or a path.'],
  Acl: [Acl, 'Whom or what a frontend allows, denies or redirects.'],
  Certificate: [Certificate, 'A certificate, without its private key.'],
  PrivateNetwork: [PrivateNetwork, 'An attachment to a private network.'],
  IpamIp: [IpamIp, 'An attachment to a private network, as IPAM shows it. It has no address.'],
  VpcPrivateNetwork: [VpcPrivateNetwork, 'A private network that load balancers are attached to.'],
  Vpc: [Vpc, 'The VPC of a region, which contains its private networks.'],
  Subscriber: [Subscriber, 'Who is told of what happens to load balancers.'],
  Delivery: [Delivery, 'An event for a subscriber, and how it was sent.'],
  BackendServerStats: [BackendServerStats, 'What an instance finds of a server.'],
  LbType: [LbType, 'A type of load balancer on offer.'],
  LbOverview: [LbOverview, 'A load balancer, with what a list of all regions shows beside it.'],
  ObservedLb: [ObservedLb, 'What the nodes report of a load balancer.'],
  Failover: [Failover, "A load balancer's traffic went to another instance."],
  NodeStatus: [NodeStatus, 'A node that instances run on.'],
  Change: [Change, "An entry of a load balancer's history."],
  SearchHit: [SearchHit, 'Something that a search found.'],
  ApiToken: [ApiToken, 'An API token, without its secret key.'],
  Error: [ErrorBody, 'The body of every error answer.'],
} as const satisfies Record<string, readonly [z.ZodType, string]>

/**
 * Names the objects of the API, so that its description has each of them once. Said in zod's registry under the key that
 * the generator reads, because its own way to name a schema makes another one, and objects hold each other.
 */
export function nameSchemas(): void {
  for (const [refId, [schema, description]] of Object.entries(OBJECTS)) {
    z.globalRegistry.add(schema, { description, _internal: { refId } })
  }
}
