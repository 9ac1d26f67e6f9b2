'use client'
import { useWatch } from 'react-hook-form'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { CheckKindInput, CheckOptionInput } from './backend-inputs.tsx'
import { NumberInput, type RuleInputProps, useRuleField } from './rule-input.tsx'
import type { RulesValues } from './rule-values.ts'

/** The inputs of a backend's health check, except its timing. */
export function HealthCheckFields({ index }: RuleInputProps) {
  return (
    <div className="grid gap-4 border-t border-border pt-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <CheckKindInput index={index} />
        <CheckOptionInput index={index} />
      </div>
      <HttpCheckFields index={index} />
    </div>
  )
}

/** The inputs of the request and the expected response of an HTTP or HTTPS check. */
export function HttpCheckFields({ index }: RuleInputProps) {
  const kind = useWatch<RulesValues, `backends.${number}.check.kind`>({
    name: `backends.${index}.check.kind`,
  })
  if (kind !== 'http' && kind !== 'https') return null
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
      <MethodInput index={index} />
      <NumberInput name={`backends.${index}.check.code`} label="Expected code" hint="100 to 599." />
      <HostInput index={index} />
      {kind === 'https' && <SniInput index={index} />}
    </div>
  )
}

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST']

function MethodInput({ index }: RuleInputProps) {
  const name = `backends.${index}.check.method` as const
  const method = useWatch<RulesValues, typeof name>({ name })
  // The API accepts any method, so an unusual one stays available.
  const methods = METHODS.includes(method) ? METHODS : [...METHODS, method]
  return (
    <SelectField
      label="Method"
      options={methods.map((value) => ({ value, label: value }))}
      {...useRuleField(name)}
    />
  )
}

function HostInput({ index }: RuleInputProps) {
  return (
    <TextField
      label="Host"
      optional
      hint="The server's address unless given."
      spellCheck={false}
      autoComplete="off"
      monospace
      {...useRuleField(`backends.${index}.check.host`)}
    />
  )
}

function SniInput({ index }: RuleInputProps) {
  return (
    <TextField
      label="SNI"
      optional
      hint="The name asked for in TLS."
      spellCheck={false}
      autoComplete="off"
      monospace
      {...useRuleField(`backends.${index}.check.sni`)}
    />
  )
}

/** The inputs of a check's timing and thresholds. */
export function CheckTimingFields({ index }: RuleInputProps) {
  const base = `backends.${index}.check` as const
  return (
    <>
      <NumberInput
        name={`${base}.delay`}
        label="Check delay (ms)"
        hint="From one check to the next. At least 100, 3000 unless given."
      />
      <NumberInput
        name={`${base}.timeout`}
        label="Check timeout (ms)"
        hint="How long a server may take to answer. At least 10, 1000 unless given."
      />
      <NumberInput
        name={`${base}.retries`}
        label="Check retries"
        hint="Consecutive failures before a server is marked down. At least 1"
      />
      <NumberInput
        name={`${base}.transientDelay`}
        label="Delay while changing state (ms)"
        hint="From check to check while a server goes up or down. 500 unless given."
      />
      <NumberInput
        name={`${base}.port`}
        label="Check port"
        hint="The backend's port unless given."
      />
      <CheckboxField
        label="Begin checks with the client header"
        hint="The PROXY header, for servers that expect it of every connection."
        {...useRuleField(`${base}.sendProxy`)}
      />
    </>
  )
}
