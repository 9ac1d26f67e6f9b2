'use client'
import { useEffect } from 'react'
import { useFormContext, useWatch } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { Protocol } from '#lib/core/protocol.ts'
import { PROTOCOL_OPTIONS } from '../protocol-options.ts'
import type { RulesValues } from './form-values.ts'
import { useRuleField } from './use-rule-field.ts'

/** A backend that a frontend may pass its traffic to. */
export type BackendChoice = { value: string; name: string; protocol: Protocol }

type Props = {
  index: number
  choices: readonly BackendChoice[]
  /** Makes a backend speak another protocol, where that is still open. */
  onSwitch?: (value: string, protocol: Protocol) => void
}

/** The inputs of one frontend rule: name, protocol, port, backend. Only backends of its protocol are on offer. */
export function FrontendRuleFields({ index, choices, onSwitch }: Props) {
  const { setValue, trigger, getFieldState } = useFormContext<RulesValues>()
  const base = `frontends.${index}` as const
  const [protocol, chosen] = useWatch<
    RulesValues,
    [`${typeof base}.protocol`, `${typeof base}.backend`]
  >({
    name: [`${base}.protocol`, `${base}.backend`],
  })
  const matching = choices.filter((choice) => choice.protocol === protocol)
  const other = choices.filter((choice) => choice.protocol !== protocol)
  const fits = matching.some(({ value }) => value === chosen)
  const [only] = matching
  const replacement = only && matching.length === 1 ? only.value : ''
  useEffect(() => {
    // A backend that went away or speaks something else is no choice; the one that is left is taken.
    if (fits || chosen === replacement) return
    setValue(`${base}.backend`, replacement, { shouldDirty: true })
  }, [fits, chosen, replacement, base, setValue])
  useEffect(() => {
    if (!fits) return
    // What was wrong between the two is settled, whichever of them gave way.
    const named = [`${base}.protocol`, `${base}.backend`] as const
    const wrong = named.filter((name) => getFieldState(name).invalid)
    if (wrong.length > 0) void trigger(wrong)
  }, [fits, base, trigger, getFieldState])

  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Frontend name"
        autoComplete="off"
        spellCheck={false}
        {...useRuleField(`${base}.name`)}
      />
      <TextField
        label="Port"
        hint="1 to 65535, where clients connect."
        inputMode="numeric"
        autoComplete="off"
        monospace
        {...useRuleField(`${base}.port`)}
      />
      <SelectField
        label="Protocol"
        options={PROTOCOL_OPTIONS}
        hint="HTTPS? Choose TCP: TLS is not offloaded, the servers keep their certificates."
        {...useRuleField(`${base}.protocol`)}
      />
      <div className="grid content-start gap-2">
        <SelectField
          label="Backend"
          options={[
            {
              value: '',
              label: matching.length > 0 ? 'Choose a backend rule' : 'None speaks this protocol',
            },
            ...matching.map(({ value, name }) => ({ value, label: name })),
          ]}
          {...useRuleField(`${base}.backend`)}
        />
        {onSwitch && !fits && <SwitchButtons {...{ other, protocol, onSwitch }} />}
      </div>
    </div>
  )
}

function SwitchButtons({
  other,
  protocol,
  onSwitch,
}: {
  other: BackendChoice[]
  protocol: Protocol
  onSwitch: (value: string, protocol: Protocol) => void
}) {
  return (
    <div className="flex flex-wrap gap-2">
      {other.map(({ value, name }) => (
        <Button key={value} size="small" onClick={() => onSwitch(value, protocol)}>
          Switch {name} to {protocol.toUpperCase()} too
        </Button>
      ))}
    </div>
  )
}
