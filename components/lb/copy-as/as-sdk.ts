import type { Zone } from '#lib/core/locality.ts'
import type { Creation, CreationKind } from './creations.ts'
import { isMilliseconds } from './durations.ts'
import { literal } from './literal.ts'

const METHODS: Record<CreationKind, string> = {
  ip: 'createIp',
  lb: 'createLb',
  backend: 'createBackend',
  frontend: 'createFrontend',
}

const camelCase = (name: string) =>
  name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const variable = ({ kind, label }: Pick<Creation, 'kind' | 'label'>) =>
  kind === 'lb' || kind === 'ip' ? kind : camelCase(`${kind}_${label}`)

/** A JavaScript string in single quotes. Every quote within JSON's text has its own backslash before it. */
function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1)
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/**
 * A load balancer's creation as a TypeScript module that uses Scaleway's SDK.
 * @param apiUrl where the control plane is, without a slash at its end
 */
export function asSdk(creations: Creation[], apiUrl: string, zone: Zone): string {
  const steps = creations.map((creation) => {
    const { kind, under, body } = creation
    const fields = under === null ? body : { [under.field]: under.of, ...body }
    const request = literal(fields, {
      key: camelCase,
      string: quoted,
      reference: (to) => `${variable(to)}.id`,
      // The SDK hands times on as they are, and declares them as strings.
      number: (value, field) => (isMilliseconds(field) ? `'${value}'` : String(value)),
      trailingComma: true,
    })
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
