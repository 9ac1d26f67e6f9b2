'use client'
import { Plus, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { useFieldArray, useFormContext, useWatch } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import type { Protocol } from '#lib/core/protocol.ts'
import { BackendRuleFields, type DemoServers } from './backend-rule-fields.tsx'
import { FrontendRuleFields } from './frontend-rule-fields.tsx'
import type { LbValues } from './lb-values.ts'
import { newBackend, newFrontend } from './rule-values.ts'
import { TestServersInChosenRegion } from './test-servers.tsx'

type Props = {
  /** "Frontend rule": begins the name of each rule's group. */
  name: string
  /** The keys of the rules. */
  keys: readonly string[]
  /** Shown where there is no rule. */
  empty: string
  onAdd: () => void
  onRemove: (index: number) => void
  /** The inputs of a rule. */
  children: (index: number) => ReactNode
}

function RuleList({ name, keys, empty, onAdd, onRemove, children }: Props) {
  return (
    <div className="grid gap-3">
      {keys.map((key, index) => (
        <RuleGroup key={key} title={`${name} ${index + 1}`} onRemove={() => onRemove(index)}>
          {children(index)}
        </RuleGroup>
      ))}
      {keys.length === 0 && <p className="text-muted">{empty}</p>}
      <div>
        <Button onClick={onAdd}>
          <Plus aria-hidden className="size-4" />
          Add new rule
        </Button>
      </div>
    </div>
  )
}

type GroupProps = { title: string; onRemove: () => void; children: ReactNode }

function RuleGroup({ title, onRemove, children }: GroupProps) {
  return (
    <fieldset className="relative grid min-w-0 gap-4 rounded-card border border-border p-4">
      <legend className="sr-only">{title}</legend>
      <div className="flex h-7 items-center justify-between">
        <p aria-hidden className="text-[0.8125rem] font-medium text-muted">
          {title}
        </p>
        <Button variant="ghost" size="small" aria-label={`Remove ${title}`} onClick={onRemove}>
          <Trash2 aria-hidden className="size-4 text-muted" />
          Remove
        </Button>
      </div>
      {children}
    </fieldset>
  )
}

/** The frontend rules of a new load balancer, in front of the backend rules of the same form. */
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
    <RuleList
      name="Frontend rule"
      keys={fields.map(({ id }) => id)}
      empty="Without a frontend rule the load balancer takes no traffic."
      onAdd={add}
      onRemove={remove}
    >
      {(index) => <FrontendRuleFields index={index} choices={choices} onSwitch={switchBackend} />}
    </RuleList>
  )
}

/** The backend rules of a new load balancer. */
export function BackendRules({ demo }: { demo: DemoServers | null }) {
  const { control, getValues } = useFormContext<LbValues>()
  const { fields, append, remove } = useFieldArray({ control, name: 'backends', keyName: 'rowId' })
  const add = () => {
    const focusName = `backends.${fields.length}.servers`
    append(newBackend(getValues('backends')), { focusName })
  }
  return (
    <RuleList
      name="Backend rule"
      keys={fields.map(({ rowId }) => rowId)}
      empty="A frontend rule needs a backend rule."
      onAdd={add}
      onRemove={remove}
    >
      {(index) => (
        <BackendRuleFields
          index={index}
          demo={demo}
          test={<TestServersInChosenRegion index={index} />}
        />
      )}
    </RuleList>
  )
}
