'use client'
import type { Protocol } from '#lib/core/protocol.ts'
import { AdvancedFields } from './advanced-fields.tsx'
import {
  FrontendBackendInput,
  FrontendNameInput,
  FrontendPortInput,
  FrontendProtocolInput,
} from './frontend-inputs.tsx'
import { NumberInput } from './number-input.tsx'
import type { BackendChoice } from './use-backend-choice.ts'
import type { RuleInputProps } from './use-rule-field.ts'

type Props = {
  index: number
  choices: readonly BackendChoice[]
  /** Makes a backend of the same form speak another protocol. */
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
  const name = `frontends.${index}.clientTimeout` as const
  return (
    <AdvancedFields fields={[name]}>
      <div className="grid gap-4 sm:grid-cols-2">
        <NumberInput
          name={name}
          label="Client timeout (ms)"
          hint="For a client's silence. 300000 unless given."
        />
      </div>
    </AdvancedFields>
  )
}
