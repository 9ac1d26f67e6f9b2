'use client'
import { useFormContext } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { Protocol } from '#lib/core/protocol.ts'
import { PROTOCOL_OPTIONS } from '../backend-options.ts'
import { type RuleInputProps, ruleLabel, useRuleField } from './rule-input.tsx'
import type { RulesValues } from './rule-values.ts'
import { type BackendChoice, useBackendChoice } from './use-backend-choice.ts'

/** The inputs of a frontend rule that have a column in the table. */

export function FrontendNameInput({ index, row }: RuleInputProps) {
  return (
    <TextField
      {...(row === undefined ? { label: 'Frontend name' } : ruleLabel('Name', undefined, row))}
      autoComplete="off"
      spellCheck={false}
      {...useRuleField(`frontends.${index}.name`)}
    />
  )
}

export function FrontendPortInput({ index, row }: RuleInputProps) {
  return (
    <TextField
      {...ruleLabel('Port', '1 to 65535, where clients connect.', row)}
      inputMode="numeric"
      autoComplete="off"
      monospace
      {...useRuleField(`frontends.${index}.port`)}
    />
  )
}

const NO_OFFLOAD = 'HTTPS? Choose TCP: TLS is not offloaded, the servers keep their certificates.'

export function FrontendProtocolInput({ index, row }: RuleInputProps) {
  return (
    <SelectField
      {...ruleLabel('Protocol', NO_OFFLOAD, row)}
      options={PROTOCOL_OPTIONS}
      {...useRuleField(`frontends.${index}.protocol`)}
    />
  )
}

type BackendProps = RuleInputProps & {
  choices: readonly BackendChoice[]
  /** Changes the protocol of a backend of the same form. Without it, an existing backend changes when the form is saved. */
  onSwitch?: ((value: string, protocol: Protocol) => void) | undefined
}

/** The input of a frontend's backend: those with its protocol. Buttons switch others to it. */
export function FrontendBackendInput({ index, row, choices, onSwitch }: BackendProps) {
  const { setValue } = useFormContext<RulesValues>()
  const { protocol, matching, other, isMatching, consequence } = useBackendChoice({
    index,
    choices,
    selectsOnly: row === undefined,
  })
  const switchBackend = (value: string) => {
    const change = { shouldDirty: true }
    if (onSwitch) onSwitch(value, protocol)
    else setValue(`frontends.${index}.switchedBackend`, value, change)
    setValue(`frontends.${index}.backend`, value, { ...change, shouldValidate: true })
  }
  const placeholder = matching.length > 0 ? 'Choose a backend rule' : 'None speaks this protocol'
  return (
    <div className="grid content-start gap-2">
      <SelectField
        {...ruleLabel('Backend', consequence, row)}
        options={[
          { value: '', label: placeholder },
          ...matching.map(({ value, name }) => ({ value, label: name })),
        ]}
        {...useRuleField(`frontends.${index}.backend`)}
      />
      {row !== undefined && consequence && (
        <p className="text-[0.8125rem]/5 text-muted">{consequence}</p>
      )}
      {!isMatching && (
        <div className="flex flex-wrap gap-2">
          {other.map(({ value, name }) => (
            <Button
              key={value}
              size="small"
              className="h-auto! min-h-7 py-0.5 whitespace-normal!"
              onClick={() => switchBackend(value)}
            >
              Switch {name} to {protocol.toUpperCase()} too
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}
