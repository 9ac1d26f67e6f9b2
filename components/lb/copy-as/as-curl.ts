import { literal } from '#components/code/literal.ts'
import type { Reference } from '#components/code/reference.ts'
import { insideQuotes } from '#components/code/shell.ts'
import type { Zone } from '#lib/core/locality.ts'
import type { Creation } from './creations.ts'

const variable = ({ kind, label }: { kind: string; label: string }) =>
  kind === 'lb' || kind === 'ip' ? kind : `${kind}_${label}`

function pathOf({ kind, parent }: Creation): string {
  if (parent === null) return `${kind}s`
  return `${parent.id.kind}s/$${variable(parent.id)}/${kind}s`
}

/**
 * A shell script that creates a load balancer, for any POSIX shell. The secret key is a variable, so that it is in no file.
 * @param apiUrl the control plane's URL, without a slash at its end
 */
export function asCurl(creations: Creation[], apiUrl: string, zone: Zone): string {
  const steps = creations.map((creation) => {
    const body = literal(creation.body, {
      key: (field) => `"${field}"`,
      string: (text) => insideQuotes(JSON.stringify(text)),
      reference: (to: Reference) => `"'"$${variable(to)}"'"`,
      trailingComma: false,
    })
    return `${variable(creation)}=$(create "${pathOf(creation)}" '${body}')`
  })
  return `${HEAD(apiUrl, zone)}\n\n${steps.join('\n\n')}\n\necho "Load balancer $lb has been created."\n`
}

const HEAD = (apiUrl: string, zone: Zone) => `#!/bin/sh
# Needs curl and jq, and an API token's secret key in the variable SCW_SECRET_KEY.
set -eu

create() {
  answer=$(curl --silent --show-error --fail-with-body \\
    --header "X-Auth-Token: $SCW_SECRET_KEY" \\
    --header "Content-Type: application/json" \\
    --data "$2" "${apiUrl}/lb/v1/zones/${zone}/$1") ||
    { echo "$answer" >&2; exit 1; }
  printf '%s\\n' "$answer" | jq --raw-output .id
}`
