'use client'
import { useWatch } from 'react-hook-form'
import { useField } from '#components/form/use-field.ts'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { LIFETIMES } from './token-expiry.ts'
import type { NewTokenValues, TokenValues } from './token-values.ts'

const SCOPES = [
  { value: 'full', label: 'Read-write' },
  { value: 'read_only', label: 'Read-only' },
] as const

/** The inputs of a new API token. */
export function NewTokenFields() {
  const lifetime = useWatch<NewTokenValues, 'lifetime'>({ name: 'lifetime' })
  const date = useField<NewTokenValues>('date')
  return (
    <>
      <TextField
        label="Name"
        hint="What the token is for. For example: deploy pipeline"
        autoComplete="off"
        {...useField<NewTokenValues>('name')}
      />
      <SelectField label="Access" options={SCOPES} {...useField<NewTokenValues>('scope')} />
      <SelectField label="Expires" options={LIFETIMES} {...useField<NewTokenValues>('lifetime')} />
      {lifetime === 'date' && (
        <TextField label="Date" type="date" hint="Last day the token works." {...date} />
      )}
      <NetworksField />
    </>
  )
}

/** The inputs of an existing API token. */
export function TokenFields() {
  return (
    <>
      <TextField label="Name" autoComplete="off" {...useField<TokenValues>('name')} />
      <NetworksField />
    </>
  )
}

function NetworksField() {
  return (
    <TextArea
      label="Allowed networks"
      optional
      hint="One per line, up to 50. For example: 203.0.113.0/24. Default: any address"
      rows={2}
      monospace
      spellCheck={false}
      {...useField<TokenValues>('networks')}
    />
  )
}
