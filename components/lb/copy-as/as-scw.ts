import { goDuration, isMilliseconds } from '#components/code/durations.ts'
import { Reference, type Value } from '#components/code/reference.ts'
import { word } from '#components/code/shell.ts'
import type { Zone } from '#lib/core/locality.ts'
import type { Creation } from './creations.ts'

const variable = ({ kind, label }: { kind: string; label: string }) =>
  kind === 'lb' || kind === 'ip' ? kind : `${kind}_${label}`

/** Health checks without options, for which scw has no arguments. */
const UNNAMED_CHECKS: Record<string, string> = { redis_config: 'Redis', ldap_config: 'LDAP' }

/** The arguments of a field: nested fields with dots, list items with their index. */
function argumentsOf(path: string, field: string, value: Value): string[] {
  const named = (text: string) => `${path.replaceAll('_', '-')}=${text}`
  if (value instanceof Reference) return [named(`"$${variable(value)}"`)]
  if (Array.isArray(value)) {
    return value.flatMap((one, at) => argumentsOf(`${path}.${at}`, field, one))
  }
  // Older versions of scw do not know it.
  if (value === null || (field === 'ips_edge_services' && value === false)) return []
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, one]) => argumentsOf(`${path}.${key}`, key, one))
  }
  if (typeof value === 'number' && isMilliseconds(field)) return [named(goDuration(value))]
  // scw ignores an argument with an empty value.
  return value === '' ? [] : [named(word(String(value)))]
}

/** The fields that scw has no arguments for, as comments. */
function unsupportedFields({ kind, body }: Creation): string[] {
  if (kind !== 'backend') return []
  const lines = Object.keys(body.health_check as Record<string, Value>).flatMap((field) => {
    const name = UNNAMED_CHECKS[field]
    return name
      ? [`# scw has no argument for a ${name} health check: this one is checked by TCP.`]
      : []
  })
  if (body.host) {
    lines.push(`# scw has no argument for a backend's host (${body.host}). Set it with the API.`)
  }
  return lines
}

/** A script of `scw` commands that creates a load balancer, for any POSIX shell. */
export function asScw(creations: Creation[], apiUrl: string, zone: Zone): string {
  const steps = creations.map((creation) => {
    const { kind, parent, body } = creation
    const { host: _, ...supported } = body
    const fields = parent === null ? supported : { [parent.field]: parent.id, ...supported }
    const parts = [
      ...Object.entries(fields).flatMap(([field, value]) => argumentsOf(field, field, value)),
      `zone=${zone}`,
      ...(kind === 'lb' ? ['--wait'] : []),
      '--output json | jq --raw-output .id)',
    ]
    const command = `${variable(creation)}=$(scw lb ${kind} create \\\n  ${parts.join(' \\\n  ')}`
    return [...unsupportedFields(creation), command].join('\n')
  })
  return `${HEAD(apiUrl)}\n\n${steps.join('\n\n')}\n\necho "Load balancer $lb has been created."\n`
}

const HEAD = (apiUrl: string) => `#!/bin/sh
# Needs scw and jq, and an API token in the variables SCW_ACCESS_KEY and SCW_SECRET_KEY.
set -eu
export SCW_API_URL=${word(apiUrl)}`
