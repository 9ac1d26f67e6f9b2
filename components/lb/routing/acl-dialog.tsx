'use client'
import { useState } from 'react'
import { useWatch } from 'react-hook-form'
import { ChoiceField } from '#components/form/choice-field.tsx'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { type AclHttpFilter, AclSpec, REDIRECT_CODES } from '#lib/core/acl.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import { aclText } from './acl-text.ts'
import { type AclValues, aclForm, aclRequest, aclValues, NEW_ACL } from './acl-values.ts'

const FILTERS: Record<AclHttpFilter, string> = {
  acl_http_filter_none: 'Any request',
  path_begin: 'Path begins with',
  path_end: 'Path ends with',
  regex: 'Path matches (regular expression)',
  http_header_match: 'Header',
}
const FILTER_OPTIONS = Object.entries(FILTERS).map(([value, label]) => ({ value, label }))

const ANY_VALUE = 'One per line. Any of them may match.'
const VALUE_HINTS: Partial<Record<AclHttpFilter, string>> = {
  path_begin: `${ANY_VALUE} The leading / is optional.`,
  path_end: ANY_VALUE,
  regex: ANY_VALUE,
  http_header_match: 'One per line. Any of them may match. Leave empty to match any value.',
}
const CODES: Record<(typeof REDIRECT_CODES)[number], string> = {
  301: '301, permanently',
  302: '302, for now',
  303: '303, see other',
  307: '307, for now, same method',
  308: '308, permanently, same method',
}
const CODE_OPTIONS = REDIRECT_CODES.map((code) => ({ value: String(code), label: CODES[code] }))
const REDIRECT_OPTIONS = [
  { value: 'location', label: 'Location' },
  { value: 'scheme', label: 'Scheme' },
]
const PLAIN = { spellCheck: false, autoCapitalize: 'none', autoComplete: 'off' } as const

const useAclField = (name: keyof AclValues) => useField<AclValues>(name)

type Props = {
  protocol: Protocol
  /** The ACL to edit; null for a new one. */
  acl: AclSpec | null
  /** Why the API rejected the ACL; null where it has not. */
  submitError: Error | null
  /** Puts the ACL into the list, which is saved as a whole. */
  onDone: (acl: AclSpec) => void
  onClose: () => void
}

/** An ACL's inputs, with a sentence that says what they mean. */
export function AclDialog({ protocol, acl, submitError, onDone, onClose }: Props) {
  const [request] = useState(() => aclForm(acl))
  const form = useApiForm(acl ? aclValues(acl) : NEW_ACL, request)
  return (
    <DialogForm
      form={form}
      title={acl ? `Edit ACL ${acl.name}` : 'Add ACL'}
      submitLabel={acl ? 'Apply' : 'Add to the list'}
      onSubmit={(body) => onDone(AclSpec.parse(body))}
      submitError={submitError}
      loading={false}
      onClose={onClose}
    >
      <AclFields protocol={protocol} />
      <Meaning base={acl} />
    </DialogForm>
  )
}

/** The inputs of an ACL. */
export function AclFields({ protocol }: { protocol: Protocol }) {
  const action = useWatch<AclValues, 'action'>({ name: 'action' })
  return (
    <>
      <TextField label="Name" {...useAclField('name')} />
      <ChoiceField<AclValues>
        name="action"
        legend="Action"
        options={[
          { value: 'allow', label: 'Allow' },
          { value: 'deny', label: 'Deny' },
          ...(protocol === 'http' ? [{ value: 'redirect', label: 'Redirect' }] : []),
        ]}
      />
      {action === 'redirect' && <RedirectFields />}
      <TextArea
        label="Client addresses"
        optional
        hint="IP addresses or networks, one per line: 10.0.0.0/8. Empty: everyone."
        monospace
        rows={2}
        {...PLAIN}
        {...useAclField('sources')}
      />
      {protocol === 'http' && <RequestFields />}
      <CheckboxField label="Apply where this does not match" {...useAclField('invert')} />
      <TextField label="Description" optional {...useAclField('description')} />
    </>
  )
}

/** What the inputs mean, as a sentence; empty while they are invalid. */
function Meaning({ base }: { base: AclSpec | null }) {
  const values = useWatch<AclValues>() as AclValues
  const { data: acl } = AclSpec.safeParse(
    aclRequest({ ...values, name: values.name || 'unnamed' }, base),
  )
  return (
    <p
      role="status"
      className="rounded-control bg-surface-sunken px-3 py-2 wrap-anywhere empty:hidden"
    >
      {acl && `${aclText(acl)}.`}
    </p>
  )
}

function RedirectFields() {
  const type = useWatch<AclValues, 'redirectType'>({ name: 'redirectType' })
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField label="To another" options={REDIRECT_OPTIONS} {...useAclField('redirectType')} />
      <SelectField label="Code" options={CODE_OPTIONS} {...useAclField('code')} />
      <TextField
        className="sm:col-span-2"
        label="Target"
        hint={
          type === 'scheme'
            ? 'http or https'
            : 'A URL. {{host}}, {{path}}, {{query}} and {{scheme}} stand for those of the request.'
        }
        monospace
        {...PLAIN}
        {...useAclField('target')}
      />
    </div>
  )
}

function RequestFields() {
  const filter = useWatch<AclValues, 'filter'>({ name: 'filter' })
  return (
    <>
      <SelectField label="Request" options={FILTER_OPTIONS} {...useAclField('filter')} />
      {filter === 'http_header_match' && <HeaderField />}
      {filter !== 'acl_http_filter_none' && <ValuesField hint={VALUE_HINTS[filter]} />}
    </>
  )
}

function HeaderField() {
  return <TextField label="Header name" monospace {...PLAIN} {...useAclField('header')} />
}

function ValuesField({ hint }: { hint: string | undefined }) {
  return (
    <TextArea label="Values" hint={hint} monospace rows={2} {...PLAIN} {...useAclField('values')} />
  )
}
