'use client'
import { Plus } from 'lucide-react'
import { useFieldArray, useFormContext, useWatch } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import type { Protocol } from '#lib/core/protocol.ts'
import type { LbValues } from './form-values.ts'
import { FrontendRuleFields } from './frontend-rule-fields.tsx'
import { newFrontend } from './frontend-values.ts'
import { RuleGroup } from './rule-group.tsx'

/** The frontend rules of a load balancer that is being created, in front of the backend rules of the same form. */
export function FrontendRules() {
  const { control, getValues, setValue } = useFormContext<LbValues>()
  const { fields, append, remove } = useFieldArray({ control, name: 'frontends' })
  const backends = useWatch<LbValues, 'backends'>({ name: 'backends' })
  const choices = backends.map(({ key, name, protocol }) => ({
    value: key,
    name: name || key,
    protocol,
  }))
  const switchBackend = (key: string, protocol: Protocol) => {
    const index = getValues('backends').findIndex((backend) => backend.key === key)
    setValue(`backends.${index}.protocol`, protocol, { shouldDirty: true })
  }
  const add = () => {
    const focusName = `frontends.${fields.length}.port`
    append(newFrontend(getValues('frontends'), choices[0]), { focusName })
  }
  return (
    <div className="grid gap-3">
      {fields.map((field, index) => (
        <RuleGroup
          key={field.id}
          title={`Frontend rule ${index + 1}`}
          onRemove={() => remove(index)}
        >
          <FrontendRuleFields index={index} choices={choices} onSwitch={switchBackend} />
        </RuleGroup>
      ))}
      {fields.length === 0 && (
        <p className="text-muted">Without a frontend rule the load balancer takes no traffic.</p>
      )}
      <div>
        <Button onClick={add}>
          <Plus aria-hidden className="size-4" />
          Add new rule
        </Button>
      </div>
    </div>
  )
}
