'use client'
import { Plus } from 'lucide-react'
import { useFieldArray, useFormContext } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { BackendRuleFields, type DemoServers } from './backend-rule-fields.tsx'
import { newBackend } from './backend-values.ts'
import type { LbValues } from './form-values.ts'
import { RuleGroup } from './rule-group.tsx'
import { TestServersInChosenRegion } from './test-servers.tsx'

/** The backend rules of a load balancer that is being created. */
export function BackendRules({ demo }: { demo: DemoServers | null }) {
  const { control, getValues } = useFormContext<LbValues>()
  const { fields, append, remove } = useFieldArray({ control, name: 'backends', keyName: 'rowId' })
  const add = () => {
    const focusName = `backends.${fields.length}.servers`
    append(newBackend(getValues('backends')), { focusName })
  }
  return (
    <div className="grid gap-3">
      {fields.map((field, index) => (
        <RuleGroup
          key={field.rowId}
          title={`Backend rule ${index + 1}`}
          onRemove={() => remove(index)}
        >
          <BackendRuleFields
            index={index}
            demo={demo}
            test={<TestServersInChosenRegion index={index} />}
          />
        </RuleGroup>
      ))}
      {fields.length === 0 && <p className="text-muted">A frontend rule needs a backend rule.</p>}
      <div>
        <Button onClick={add}>
          <Plus aria-hidden className="size-4" />
          Add new rule
        </Button>
      </div>
    </div>
  )
}
