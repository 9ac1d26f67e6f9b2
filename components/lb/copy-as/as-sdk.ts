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
 * A load balancer's creation as a TypeScript module that uses Scaleway's SDK.
 * @param apiUrl where the control plane is, without a slash at its end
 */
export function asSdk(creations: Creation[], apiUrl: string, zone: Zone): string {
  const steps = creations.map((creation) => {
    const { kind, under, body } = creation
    const fields = under === null ? body : { [under.field]: under.of, ...body }
    const request = sdkLiteral(fields, (to) => `${variable(to)}.id`)
    return `const ${variable(creation)} = await api.${METHODS[kind]}(${request})`
  })
  return `${HEAD(apiUrl, zone)}\n\n${steps.join('\n\n')}\n`
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
