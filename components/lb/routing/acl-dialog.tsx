'use client'
import { useState } from 'react'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { SegmentedControl } from '#components/ui/segmented-control.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { type AclHttpFilter, type AclSpec, REDIRECT_CODES } from '#lib/core/acl.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import { aclWords } from './acl-text.ts'
import {
  type AclField,
  type AclRefusal,
  type AclValues,
  aclValues,
  checkAcl,
  NEW_ACL,
} from './acl-values.ts'
import { useProblems } from './use-problems.ts'

const FILTERS: Record<AclHttpFilter, string> = {
  acl_http_filter_none: 'Any request',
  path_begin: 'Path begins with',
  path_end: 'Path ends with',
  regex: 'Path matches (regular expression)',
  http_header_match: 'Header',
}

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
const PLAIN = { spellCheck: false, autoCapitalize: 'none', autoComplete: 'off' } as const

type Props = {
  protocol: Protocol
  /** The ACL to change; null for a new one. */
  acl: AclSpec | null
  /** The server's errors, shown at their inputs until a value changes. */
  refusal: AclRefusal
  /** Takes the ACL into the list, which is saved as a whole. */
  onDone: (acl: AclSpec) => void
  onClose: () => void
}

/** An ACL's fields, with what they mean as a sentence. */
export function AclDialog({ protocol, acl, refusal, onDone, onClose }: Props) {
  const [initial] = useState<AclValues>(() => (acl ? aclValues(acl) : NEW_ACL))
  const [values, setValues] = useState(initial)
  const { form, problems, pass } = useProblems<AclValues, AclField>(
    values,
    (now) => checkAcl(now, acl).problems ?? {},
  )
  const set = (change: Partial<AclValues>) => setValues({ ...values, ...change })
  const meant = checkAcl({ ...values, name: values.name || 'unnamed' }, acl).acl
  const shown = { ...(values === initial ? refusal : {}), ...problems }
  const input = { values, problems: shown, set }
  return (
    <FormDialog
      title={acl ? `Edit ACL ${acl.name}` : 'Add ACL'}
      submitLabel={acl ? 'Apply' : 'Add to the list'}
      onSubmit={() => {
        const { acl: checked } = checkAcl(values, acl)
        if (pass() && checked) onDone(checked)
      }}
      onClose={onClose}
      formRef={form}
    >
      <TextField
        label="Name"
        error={shown.name}
        value={values.name}
        onChange={({ target }) => set({ name: target.value })}
      />
      <SegmentedControl
        legend="Action"
        options={[
          { value: 'allow', label: 'Allow' },
          { value: 'deny', label: 'Deny' },
          ...(protocol === 'http' ? [{ value: 'redirect' as const, label: 'Redirect' }] : []),
        ]}
        value={values.action}
        onChange={(action) => set({ action })}
      />
      {values.action === 'redirect' && <RedirectFields {...input} />}
      <TextArea
        label="Client addresses"
        optional
        hint="IP addresses or networks, one per line: 10.0.0.0/8. Empty: everyone."
        error={shown.sources}
        monospace
        rows={2}
        {...PLAIN}
        value={values.sources}
        onChange={({ target }) => set({ sources: target.value })}
      />
      {protocol === 'http' && <RequestFields {...input} />}
      <CheckboxField
        label="Apply where this does not match"
        checked={values.invert}
        onChange={({ target }) => set({ invert: target.checked })}
      />
      <TextField
        label="Description"
        optional
        error={shown.description}
        value={values.description}
        onChange={({ target }) => set({ description: target.value })}
      />
      <p
        role="status"
        className="rounded-control bg-surface-sunken px-3 py-2 wrap-anywhere empty:hidden"
      >
        {meant && `${aclWords(meant)}.`}
      </p>
    </FormDialog>
  )
}

type Inputs = {
  values: AclValues
  problems: Partial<Record<AclField, string>>
  set: (change: Partial<AclValues>) => void
}

function RedirectFields({ values, problems, set }: Inputs) {
  const isScheme = values.redirectType === 'scheme'
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label="To another"
        options={[
          { value: 'location', label: 'Location' },
          { value: 'scheme', label: 'Scheme' },
        ]}
        value={values.redirectType}
        onChange={({ target }) => set({ redirectType: isLocation(target.value) })}
      />
      <SelectField
        label="Code"
        error={problems.code}
        options={REDIRECT_CODES.map((code) => ({ value: String(code), label: CODES[code] }))}
        value={values.code}
        onChange={({ target }) => set({ code: target.value })}
      />
      <TextField
        className="sm:col-span-2"
        label="Target"
        hint={
          isScheme
            ? 'http or https'
            : 'A URL. {{host}}, {{path}}, {{query}} and {{scheme}} stand for those of the request.'
        }
        error={problems.target}
        monospace
        {...PLAIN}
        value={values.target}
        onChange={({ target }) => set({ target: target.value })}
      />
    </div>
  )
}

const isLocation = (value: string) => (value === 'scheme' ? 'scheme' : 'location')

function RequestFields({ values, problems, set }: Inputs) {
  return (
    <>
      <SelectField
        label="Request"
        error={problems.filter}
        options={Object.entries(FILTERS).map(([value, label]) => ({ value, label }))}
        value={values.filter}
        onChange={({ target }) => set({ filter: target.value as AclHttpFilter })}
      />
      {values.filter === 'http_header_match' && (
        <TextField
          label="Header name"
          error={problems.header}
          monospace
          {...PLAIN}
          value={values.header}
          onChange={({ target }) => set({ header: target.value })}
        />
      )}
      {values.filter !== 'acl_http_filter_none' && (
        <TextArea
          label="Values"
          hint={VALUE_HINTS[values.filter]}
          error={problems.values}
          monospace
          rows={2}
          {...PLAIN}
          value={values.values}
          onChange={({ target }) => set({ values: target.value })}
        />
      )}
    </>
  )
}
