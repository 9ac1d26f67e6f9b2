'use client'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import type { Protocol } from '#lib/core/protocol.ts'
import { AdvancedFields } from './advanced-fields.tsx'
import {
  FrontendBackendInput,
  FrontendNameInput,
  FrontendPortInput,
  FrontendProtocolInput,
} from './frontend-inputs.tsx'
import { NumberInput, type RuleInputProps, useRuleField } from './rule-input.tsx'
import type { BackendChoice } from './use-backend-choice.ts'

type Props = {
  index: number
  choices: readonly BackendChoice[]
  /** Changes the protocol of a backend of the same form. */
  onSwitch?: (value: string, protocol: Protocol) => void
}

/** The inputs of one frontend rule. */
export function FrontendRuleFields({ index, choices, onSwitch }: Props) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <FrontendNameInput index={index} />
        <FrontendPortInput index={index} />
        <FrontendProtocolInput index={index} />
        <FrontendBackendInput index={index} choices={choices} onSwitch={onSwitch} />
      </div>
      <FrontendAdvancedFields index={index} />
    </>
  )
}

export function FrontendAdvancedFields({ index }: RuleInputProps) {
  const base = `frontends.${index}` as const
  return (
    <AdvancedFields fields={[`${base}.clientTimeout`, `${base}.rateLimit`]}>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <NumberInput
          name={`${base}.clientTimeout`}
          label="Client timeout (ms)"
          hint="For a client's silence. 300000 unless given."
        />
        <NumberInput
          name={`${base}.rateLimit`}
          label="Connection rate limit"
          hint="New connections a second. More wait for up to a second, then are refused. No limit unless given."
        />
        <CheckboxField
          label="Access log"
          hint="A line for each request or TCP connection, below logs/access in the data directory."
          {...useRuleField(`${base}.accessLog`)}
        />
      </div>
    </AdvancedFields>
  )
}
