import { camelCase, quoted, sdkLiteral } from '#components/code/sdk-literal.ts'
import type { Zone } from '#lib/core/locality.ts'
import type { Creation, CreationKind } from './creations.ts'

const METHODS: Record<CreationKind, string> = {
  ip: 'createIp',
  lb: 'createLb',
  backend: 'createBackend',
  frontend: 'createFrontend',
  route: 'createRoute',
  acl: 'createAcl',
}

const variable = ({ kind, label }: { kind: string; label: string }) =>
  kind === 'lb' || kind === 'ip' ? kind : camelCase(`${kind}_${label}`)

/**
 * A TypeScript module that creates a load balancer with Scaleway's SDK.
 * @param apiUrl the control plane's URL, without a slash at its end
 */
export function asSdk(creations: Creation[], apiUrl: string, zone: Zone): string {
  const steps = creations.map((creation) => {
    const { kind, parent, body } = creation
    const { host, ...supported } = body
    const fields = parent === null ? supported : { [parent.field]: parent.id, ...supported }
    const request = sdkLiteral(fields, (to) => `${variable(to)}.id`)
    const created = `const ${variable(creation)} = await api.${METHODS[kind]}(${request})`
    return host === undefined ? created : `${created}\n${hostUpdate(creation, zone)}`
  })
  return `${HEAD(apiUrl, zone)}\n\n${steps.join('\n\n')}\n`
}

/** A call without the SDK's types, which lack the field. An update of a backend requires its first three fields. */
function hostUpdate(creation: Creation, zone: Zone): string {
  const { name, forward_protocol, forward_port, host } = creation.body
  const fields = Object.entries({ name, forward_protocol, forward_port, host })
  const body = fields.map(([field, value]) => {
    return `    ${field}: ${typeof value === 'string' ? quoted(value) : value},`
  })
  return `// The SDK has no field for a backend's host.
await client.fetch({
  method: 'PUT',
  path: \`/lb/v1/zones/${zone}/backends/\${${variable(creation)}.id}\`,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
${body.join('\n')}
  }),
})`
}

const HEAD = (apiUrl: string, zone: Zone) => `// npm install @scaleway/sdk-client @scaleway/sdk-lb
import { createClient } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'

const client = createClient({
  apiURL: ${quoted(apiUrl)},
  accessKey: process.env.SCW_ACCESS_KEY,
  secretKey: process.env.SCW_SECRET_KEY,
  defaultZone: '${zone}',
})
const api = new Lbv1.ZonedAPI(client)`
