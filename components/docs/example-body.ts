import { type ApiDocument, referencedName, type Schema } from './api-document.ts'

type Objects = ApiDocument['components']['schemas']

/** Values that can't be derived from a schema. */
const BY_NAME: Record<string, unknown> = {
  name: 'web',
  region: 'fr-par',
  server_ip: ['10.0.0.11', '10.0.0.12'],
  forward_port: 8080,
  inbound_port: 80,
  port: 8080,
  check_max_retries: 3,
  uri: '/health',
  tags: ['production'],
  ssl_compatibility_level: 'ssl_compatibility_level_modern',
  expires_at: '2030-01-31T00:00:00Z',
}

const ID = '6f1c2f4e-3f0a-4b6e-9d55-2c8a1f7b9e10'

/**
 * An example of a request's body: the schema's own, or else the required fields and some useful optional ones. If no
 * field is required, it has the first one.
 */
export function exampleBody(schema: Schema, objects: Objects): unknown {
  const name = referencedName(schema)
  if (name !== null) return exampleBody(objects[name] ?? {}, objects)
  if (schema.example !== undefined) return schema.example
  const { properties = {}, required = [] } = schema
  const optional = Object.keys(properties).filter((key) => !required.includes(key))
  const wanted = optional.filter((key) => key === 'server_ip' || key === 'http_config')
  const shown = [...required, ...wanted]
  const keys = shown.length > 0 ? shown : optional.slice(0, 1)
  return Object.fromEntries(
    keys.map((key) => [key, exampleValue(key, properties[key] ?? {}, objects)]),
  )
}

function exampleValue(key: string, schema: Schema, objects: Objects): unknown {
  if (key in BY_NAME) return BY_NAME[key]
  if (key === 'id' || key.endsWith('_id')) return ID
  const first = schema.anyOf?.[0] ?? schema
  const type = Array.isArray(first.type) ? first.type[0] : first.type
  if (first.enum) return first.enum[0]
  if (referencedName(first) !== null || type === 'object') return exampleBody(first, objects)
  if (type === 'array') return [exampleValue('', first.items ?? {}, objects)]
  if (type === 'integer' || type === 'number') return Math.max(first.minimum ?? 1, 1)
  if (type === 'boolean') return true
  return 'text'
}
