import * as z from 'zod'
import { EffectiveBackend } from './backend.ts'
import { Description, Id, nameOf, nullable, optional, Tags, withDefault } from './fields.ts'
import { CreateFrontend } from './frontend.ts'
import { LbTypeName, SslLevelInput } from './lb.ts'
import { REQUEST_RULES_MAX } from './size-limits.ts'

/** A frontend in `POST lbs`, which names its backend in the same request. */
export const CreateLbFrontend = CreateFrontend.omit({ backend_id: true }).extend({
  backend: nameOf('Backend'),
})
export type CreateLbFrontend = z.infer<typeof CreateLbFrontend>

function rulesOf<Rule extends z.ZodType>(rule: Rule, what: string) {
  const error = `A load balancer can be created with at most ${REQUEST_RULES_MAX} ${what}. Add the others later.`
  return withDefault(z.array(rule).max(REQUEST_RULES_MAX, { error }), [])
}

/** `POST lbs`. `backends` and `frontends` are a Fairlead extension; the request is atomic. */
export const CreateLb = z
  .object({
    name: nameOf('Load balancer name'),
    description: withDefault(Description, ''),
    project_id: optional(Id),
    organization_id: optional(Id),
    type: withDefault(LbTypeName, 'lb-s'),
    ip_id: nullable(Id),
    ip_ids: withDefault(
      z.array(Id).max(10, { error: 'A load balancer has one highly available IP.' }),
      [],
    ),
    assign_flexible_ip: nullable(z.boolean()),
    assign_flexible_ipv6: withDefault(z.boolean(), false).refine((ipv6) => !ipv6, {
      error: 'The highly available IP is IPv4 only. Servers may have IPv6 addresses.',
    }),
    tags: withDefault(Tags, []),
    ssl_compatibility_level: SslLevelInput,
    backends: rulesOf(EffectiveBackend, 'backends'),
    frontends: rulesOf(CreateLbFrontend, 'frontends'),
  })
  .superRefine((request, context) => {
    const backends = new Map<string, z.infer<typeof EffectiveBackend>>()
    request.backends.forEach((backend, index) => {
      if (!backends.has(backend.name)) {
        backends.set(backend.name, backend)
        return
      }
      const message = `Two backends are named "${backend.name}". Names must be unique in this request.`
      context.addIssue({ code: 'custom', path: ['backends', index, 'name'], message })
    })
    const onPort = new Map<number, CreateLbFrontend>()
    request.frontends.forEach((frontend, index) => {
      const issue = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['frontends', index, field], message })
      const backend = backends.get(frontend.backend)
      if (!backend) issue('backend', `There is no backend named "${frontend.backend}".`)
      const mismatch = backend && protocolMismatch(frontend.protocol, backend)
      if (mismatch) issue('protocol', mismatch)
      const other = onPort.get(frontend.inbound_port)
      if (other) issue('inbound_port', portTaken(frontend.inbound_port, other.name))
      else onPort.set(frontend.inbound_port, frontend)
    })
    if (new Set([request.ip_id, ...request.ip_ids].filter((id) => id !== null)).size > 1) {
      const message = 'A load balancer has one highly available IP.'
      context.addIssue({ code: 'custom', path: ['ip_ids'], message })
    }
  })
export type CreateLb = z.infer<typeof CreateLb>

/** Why a frontend with an expected `protocol` can't use a backend; null if it can. */
export function protocolMismatch(
  protocol: string | undefined,
  backend: { name: string; forward_protocol: string },
): string | null {
  if (protocol === undefined || protocol === backend.forward_protocol) return null
  const own = backend.forward_protocol.toUpperCase()
  return `Backend "${backend.name}" speaks ${own}. A frontend speaks the protocol of its backend.`
}

/** The error for a second frontend on a port. */
export function portTaken(port: number, frontend: string): string {
  return `Port ${port} is already used by frontend "${frontend}".`
}
