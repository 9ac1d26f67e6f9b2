'use client'
import { type UseFormReturn, useFormContext, useWatch } from 'react-hook-form'
import { pointerReleased } from '#components/form/pointer-released.ts'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { CheckKind } from '#lib/core/check-kind.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import {
  CHECK_NAMES,
  optionsOf,
  PROTOCOL_OPTIONS,
  PROXY_NAMES,
  STICKY_NAMES,
} from '../backend-options.ts'
import { type RuleInputProps, ruleLabel, useRuleField } from './rule-input.tsx'
import type { RulesValues } from './rule-values.ts'
import { onePerLine } from './typed-text.ts'

/** The inputs of a backend rule that have a column in the table. */

const PROXY_OPTIONS = optionsOf(PROXY_NAMES, ['proxy_protocol_unknown'])
const CHECK_OPTIONS = optionsOf(CHECK_NAMES)
const STICKY_OPTIONS = optionsOf(STICKY_NAMES)

export function BackendNameInput({ index, row }: RuleInputProps) {
  return (
    <TextField
      {...(row === undefined ? { label: 'Backend name' } : ruleLabel('Name', undefined, row))}
      autoComplete="off"
      spellCheck={false}
      {...useRuleField(`backends.${index}.name`)}
    />
  )
}

/** Changes the protocol of the form's frontends along with their backend's. */
export function syncFrontendProtocols(
  { getValues, setValue }: Pick<UseFormReturn<RulesValues>, 'getValues' | 'setValue'>,
  backendIndex: number,
  protocol: Protocol,
): void {
  const { key } = getValues(`backends.${backendIndex}`)
  for (const [at, frontend] of getValues('frontends').entries()) {
    if (frontend.backend === key) setValue(`frontends.${at}.protocol`, protocol)
  }
}

export function BackendProtocolInput({ index, row }: RuleInputProps) {
  const form = useFormContext<RulesValues>()
  const protocol = useRuleField(`backends.${index}.protocol`)
  return (
    <SelectField
      {...ruleLabel('Protocol', 'HTTPS? Choose TCP: TLS is not offloaded.', row)}
      options={PROTOCOL_OPTIONS}
      {...protocol}
      onChange={(event) => {
        syncFrontendProtocols(form, index, event.target.value as Protocol)
        return protocol.onChange(event)
      }}
    />
  )
}

export function BackendPortInput({ index, row }: RuleInputProps) {
  return (
    <TextField
      {...ruleLabel('Port', '1 to 65535, where the servers listen.', row)}
      inputMode="numeric"
      autoComplete="off"
      monospace
      {...useRuleField(`backends.${index}.port`)}
    />
  )
}

export function ProxyInput({ index, row }: RuleInputProps) {
  return (
    <SelectField
      {...ruleLabel(
        'Proxy',
        "Tells the servers the client's address. They have to expect it.",
        row,
      )}
      options={PROXY_OPTIONS}
      {...useRuleField(`backends.${index}.proxy`)}
    />
  )
}

export function CheckKindInput({ index, row }: RuleInputProps) {
  return (
    <SelectField
      {...ruleLabel('Health check type', undefined, row)}
      options={CHECK_OPTIONS}
      {...useRuleField(`backends.${index}.check.kind`)}
    />
  )
}

/** The option of each kind of check that has one. */
const CHECK_OPTION: Partial<Record<CheckKind, { field: 'uri' | 'user'; hint: string }>> = {
  http: { field: 'uri', hint: 'The path that is asked for. For example: /health' },
  https: { field: 'uri', hint: 'The path that is asked for. For example: /health' },
  mysql: { field: 'user', hint: 'The user that logs in, without a password.' },
  pgsql: { field: 'user', hint: 'The user that logs in, without a password.' },
}

export function CheckOptionInput({ index, row }: RuleInputProps) {
  const kind = useWatch<RulesValues, `backends.${number}.check.kind`>({
    name: `backends.${index}.check.kind`,
  })
  const option = CHECK_OPTION[kind]
  if (!option) return row === undefined ? null : <span className="text-muted">–</span>
  return <ShownCheckOption key={option.field} {...{ index, row, option }} />
}

function ShownCheckOption({
  index,
  row,
  option,
}: RuleInputProps & { option: { field: 'uri' | 'user'; hint: string } }) {
  return (
    <TextField
      {...ruleLabel('Health check option', option.hint, row)}
      autoComplete="off"
      spellCheck={false}
      monospace
      {...useRuleField(`backends.${index}.check.${option.field}`)}
    />
  )
}

export function StickyInput({ index, row }: RuleInputProps) {
  const protocol = useWatch<RulesValues, `backends.${number}.protocol`>({
    name: `backends.${index}.protocol`,
  })
  const options = STICKY_OPTIONS.map((option) =>
    option.value === 'cookie' && protocol !== 'http'
      ? { ...option, label: 'Cookie (HTTP only)' }
      : option,
  )
  return (
    <SelectField
      {...ruleLabel(
        'Sticky session',
        'Keeps a client on its server: by a cookie, or a table of addresses.',
        row,
      )}
      options={options}
      {...useRuleField(`backends.${index}.sticky`)}
    />
  )
}

export function CookieInput({ index, row }: RuleInputProps) {
  const sticky = useWatch<RulesValues, `backends.${number}.sticky`>({
    name: `backends.${index}.sticky`,
  })
  if (sticky !== 'cookie') return row === undefined ? null : <span className="text-muted">–</span>
  return <ShownCookie index={index} row={row} />
}

function ShownCookie({ index, row }: RuleInputProps) {
  return (
    <TextField
      {...ruleLabel('Cookie name', 'Set by the load balancer. For example: srv', row)}
      autoComplete="off"
      spellCheck={false}
      monospace
      {...useRuleField(`backends.${index}.cookie`)}
    />
  )
}

export function ServersInput({ index, row }: RuleInputProps) {
  const { setValue } = useFormContext<RulesValues>()
  const servers = useRuleField(`backends.${index}.servers`)
  return (
    <TextArea
      {...ruleLabel(
        'Server IPs',
        'IPv4 or IPv6, one per line. Commas and spaces are fine when you paste.',
        row,
      )}
      className="w-full"
      placeholder="10.0.0.4"
      spellCheck={false}
      autoComplete="off"
      monospace
      {...servers}
      onBlur={async (event) => {
        await pointerReleased()
        const tidy = onePerLine(event.target.value)
        // Line numbers in an error may have changed, so validate again.
        const change = { shouldValidate: true, shouldDirty: true }
        if (tidy !== event.target.value) setValue(`backends.${index}.servers`, tidy, change)
        return servers.onBlur(event)
      }}
    />
  )
}
