import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

const CONTROL_PLANE = join(import.meta.dirname, '../../control-plane')
/** The calls of nodes. */
const NODES_ONLY = 'http/node-routes.ts'

export type RequestSchema = { name: string; schema: z.ZodType }

/** Every request schema of `lib/core`: those that are passed to `parseInput`. */
export async function requestSchemas(): Promise<RequestSchema[]> {
  const files = globSync('**/*.ts', { cwd: CONTROL_PLANE })
    .filter((file) => !file.endsWith('.test.ts') && file !== NODES_ONLY)
    .map((file) => readFileSync(join(CONTROL_PLANE, file), 'utf8'))
  const found = new Map<string, z.ZodType>()
  for (const text of files) {
    for (const [, name = ''] of text.matchAll(/\bparseInput\((\w+),/g)) {
      const from = new RegExp(`\\b${name}\\b[^;]*?from '(#lib/core/[^']+)'`).exec(text)?.[1]
      // Local schemas are for values from the database.
      if (from === undefined) continue
      const module = (await import(from)) as Record<string, z.ZodType>
      if (module[name]) found.set(name, module[name])
    }
  }
  return [...found].map(([name, schema]) => ({ name, schema }))
}

export type JsonSchema = {
  type?: string | string[]
  properties?: Record<string, JsonSchema>
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  enum?: unknown[]
  const?: unknown
  format?: string
  maxItems?: number
  maxLength?: number
}

/** Formats with a maximum length. */
const SHORT_FORMATS = ['uuid', 'guid']

/** The unbounded parts of a request: "backends.0.name". */
export function unboundedParts(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' })
  return unbounded(json as JsonSchema, '')
}

/** As `unboundedParts`, of a JSON schema whose references are resolved. */
export function unbounded(schema: JsonSchema, path: string): string[] {
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  if (parts.length > 0) return parts.flatMap((part) => unbounded(part, path))
  if (schema.enum || schema.const !== undefined) return []
  return [schema.type].flat().flatMap((type) => unboundedOf(type, schema, path))
}

function unboundedOf(type: string | undefined, schema: JsonSchema, path: string): string[] {
  switch (type) {
    case 'array':
      return [
        ...(schema.maxItems === undefined ? [path] : []),
        ...unbounded(schema.items ?? {}, `${path}.0`),
      ]
    case 'object':
      if (!schema.properties) return [path]
      return Object.entries(schema.properties).flatMap(([name, part]) =>
        unbounded(part, path ? `${path}.${name}` : name),
      )
    case 'string': {
      const isShort = schema.maxLength !== undefined || SHORT_FORMATS.includes(schema.format ?? '')
      return isShort ? [] : [path]
    }
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return []
    default:
      return [path]
  }
}
