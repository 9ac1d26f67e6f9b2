import { goDuration, isMilliseconds } from '#components/code/durations.ts'
import { Reference, type Value } from '#components/code/reference.ts'
import type { Zone } from '#lib/core/locality.ts'
import type { Body, Creation, CreationKind } from './creations.ts'
import { block, Expression, type HclBody, type HclValue } from './hcl.ts'

const RESOURCES: Record<CreationKind, string> = {
  ip: 'scaleway_lb_ip',
  lb: 'scaleway_lb',
  backend: 'scaleway_lb_backend',
  frontend: 'scaleway_lb_frontend',
  route: 'scaleway_lb_route',
  acl: 'scaleway_lb_acl',
}

/** The API's defaults of a health check. The provider's differ. */
const CHECK_DEFAULTS = { check_delay: 3000, check_timeout: 1000 }

const CHECK_NAMES: Record<string, string> = {
  check_delay: 'health_check_delay',
  check_timeout: 'health_check_timeout',
  check_max_retries: 'health_check_max_retries',
  check_send_proxy: 'health_check_send_proxy',
  transient_check_delay: 'health_check_transient_delay',
  port: 'health_check_port',
}
const CHECK_BLOCKS: Record<string, string> = {
  tcp_config: 'health_check_tcp',
  http_config: 'health_check_http',
  https_config: 'health_check_https',
}
const OTHER_CHECKS: Record<string, string> = {
  mysql_config: 'MySQL',
  pgsql_config: 'PostgreSQL',
  redis_config: 'Redis',
  ldap_config: 'LDAP',
}

function hclValue(value: Value, field: string): HclValue {
  if (value instanceof Reference) {
    return new Expression(`${RESOURCES[value.kind as CreationKind]}.${value.label}.id`)
  }
  if (Array.isArray(value)) return value.map((one) => hclValue(one, field))
  if (typeof value === 'number' && isMilliseconds(field)) return goDuration(value)
  if (typeof value === 'object') throw new Error(`${field} is an object.`)
  return value
}

function hclArguments(fields: Body): Record<string, HclValue> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, hclValue(value, field)]),
  )
}

/** The arguments and blocks of a resource, with the provider's names. */
function bodyOf({ kind, parent, body }: Creation): HclBody {
  const parentId: Body = parent === null ? {} : { [parent.field]: parent.id }
  if (kind === 'backend') return backendBody(parentId, body)
  // Without it, the provider deletes ACLs that it did not create.
  if (kind === 'frontend')
    return { arguments: hclArguments({ ...parentId, ...body, external_acls: true }) }
  if (kind === 'route') return routeBody(body)
  if (kind === 'acl') return aclBody(parentId, body)
  return { arguments: hclArguments({ ...parentId, ...body }) }
}

/** The provider prefixes the fields of `match` with `match_`. */
function routeBody({ match, ...rest }: Body): HclBody {
  const { match_subdomains, ...compared } = match as Body
  const named = Object.entries(compared).map(([field, value]) => [`match_${field}`, value] as const)
  const fields = {
    ...rest,
    ...Object.fromEntries(named),
    match_subdomains: match_subdomains ?? false,
  }
  return { arguments: hclArguments(fields) }
}

function aclBody(parentId: Body, { action, match, ...rest }: Body): HclBody {
  const { redirect, ...act } = action as Body
  const blocks: Record<string, HclBody> = redirect
    ? { redirect: { arguments: hclArguments(redirect as Body) } }
    : {}
  // Older versions of the provider do not know it.
  const { ips_edge_services: edge, ...matched } = match as Body
  return {
    arguments: hclArguments({ ...parentId, ...rest }),
    blocks: {
      action: { arguments: hclArguments(act), blocks },
      match: { arguments: hclArguments(edge ? (match as Body) : matched) },
    },
  }
}

/** The provider omits the prefix of some values. */
const withoutPrefix = (value: Value | undefined, prefix: string) =>
  typeof value === 'string' ? value.replace(prefix, '') : 'none'

function backendBody(parentId: Body, body: Body): HclBody {
  const { health_check, server_ip, proxy_protocol, on_marked_down_action, host, ...rest } = body
  const { check, blocks } = checkOf(health_check as Body)
  return {
    arguments: hclArguments({
      ...parentId,
      ...rest,
      proxy_protocol: withoutPrefix(proxy_protocol, 'proxy_protocol_'),
      on_marked_down_action: withoutPrefix(on_marked_down_action, 'on_marked_down_action_'),
      ...check,
      server_ips: server_ip ?? [],
    }),
    blocks,
  }
}

function checkOf(fields: Body): { check: Body; blocks: Record<string, HclBody> } {
  const check: Body = {}
  const blocks: Record<string, HclBody> = {}
  for (const [field, value] of Object.entries({ ...CHECK_DEFAULTS, ...fields })) {
    const name = CHECK_NAMES[field]
    const heading = CHECK_BLOCKS[field]
    if (name) check[name] = isMilliseconds(field) ? goDuration(value as number) : value
    if (heading) blocks[heading] = { arguments: hclArguments(value as Value as Body) }
  }
  return { check, blocks }
}

/** The fields that the provider has no arguments for, as comments. */
function unsupportedFields({ kind, body }: Creation): string {
  const check = kind === 'backend' ? (body.health_check as Body) : {}
  const names = Object.keys(check).flatMap((field) => OTHER_CHECKS[field] ?? [])
  const lines = names.map(
    (name) => `# The provider has no ${name} health check: this one is checked by TCP.\n`,
  )
  if (kind === 'backend' && body.host) {
    lines.push(
      `# The provider has no argument for a backend's host (${body.host}). Set it with the API.\n`,
    )
  }
  return lines.join('')
}

/** A Terraform configuration that creates a load balancer with Scaleway's provider. */
export function asTerraform(creations: Creation[], apiUrl: string, zone: Zone): string {
  const resources = creations.map(
    (creation) =>
      unsupportedFields(creation) +
      block(`resource "${RESOURCES[creation.kind]}" "${creation.label}"`, bodyOf(creation)),
  )
  const provider = block('provider "scaleway"', { arguments: { api_url: apiUrl, zone } })
  return [HEAD, provider, ...resources].join('\n')
}

const HEAD = `# The API token is taken from the variables SCW_ACCESS_KEY and SCW_SECRET_KEY.
terraform {
  required_providers {
    scaleway = {
      source = "scaleway/scaleway"
    }
  }
}
`
