'use client'
import { useEffect, useState } from 'react'
import { useFormContext, useWatch } from 'react-hook-form'
import { Disclosure } from '#components/ui/disclosure.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { RulesValues } from './form-values.ts'
import { useRuleField } from './use-rule-field.ts'

const KINDS = [
  { value: 'tcp', label: 'TCP: the port answers' },
  { value: 'http', label: 'HTTP: a path answers' },
]

const ADVANCED = ['port', 'delay', 'timeout', 'retries'] as const

/** The inputs of a backend's health check. Those of a kind that is not chosen keep their values, unseen. */
export function HealthCheckFields({ index }: { index: number }) {
  const base = `backends.${index}.check` as const
  const kind = useWatch<RulesValues, `${typeof base}.kind`>({ name: `${base}.kind` })
  const path = useRuleField(`${base}.uri`)
  const code = useRuleField(`${base}.code`)
  return (
    <div className="grid gap-4 border-t border-border pt-4">
      <div className="grid gap-4 sm:grid-cols-[2fr_1.5fr_1fr]">
        <SelectField label="Health check" options={KINDS} {...useRuleField(`${base}.kind`)} />
        {kind === 'http' && (
          <>
            <TextField
              label="Path"
              hint="For example: /health"
              spellCheck={false}
              monospace
              {...path}
            />
            <TextField
              label="Expected code"
              hint="100 to 599."
              inputMode="numeric"
              monospace
              {...code}
            />
          </>
        )}
      </div>
      <AdvancedFields index={index} />
    </div>
  )
}

function AdvancedFields({ index }: { index: number }) {
  const base = `backends.${index}.check` as const
  const { getFieldState, formState } = useFormContext<RulesValues>()
  const wrong = ADVANCED.some((field) => getFieldState(`${base}.${field}`, formState).invalid)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    // What is wrong must not be out of sight.
    if (wrong) setOpen(true)
  }, [wrong])
  return (
    <Disclosure
      summary="Advanced"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Check delay (ms)"
          hint="From one check to the next. At least 100."
          inputMode="numeric"
          monospace
          {...useRuleField(`${base}.delay`)}
        />
        <TextField
          label="Check timeout (ms)"
          hint="How long a server may take to answer. At least 10."
          inputMode="numeric"
          monospace
          {...useRuleField(`${base}.timeout`)}
        />
        <TextField
          label="Check retries"
          hint="Failed checks in a row until a server is out. 1 to 100."
          inputMode="numeric"
          monospace
          {...useRuleField(`${base}.retries`)}
        />
        <TextField
          label="Check port"
          optional
          hint="The backend's port unless given."
          inputMode="numeric"
          monospace
          {...useRuleField(`${base}.port`)}
        />
      </div>
    </Disclosure>
  )
}
