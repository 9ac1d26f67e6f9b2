'use client'
import { useState } from 'react'
import { toast } from 'sonner'
import { useProblems } from '#components/lb/routing/use-problems.ts'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { SegmentedControl } from '#components/ui/segmented-control.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useCreateSubscriber, useUpdateSubscriber } from '#lib/client/subscriber-mutations.ts'
import type { RegionalSubscriber } from '#lib/client/subscriber-queries.ts'
import type { Region } from '#lib/core/locality.ts'
import { REGION_NAMES, REGIONS } from '#lib/core/regions.ts'
import {
  type SubscriberField,
  type SubscriberValues,
  subscriberChange,
  subscriberInput,
  subscriberProblems,
  subscriberRequest,
  subscriberValues,
} from './subscriber-values.ts'

const KINDS = [
  { value: 'webhook', label: 'Webhook' },
  { value: 'email', label: 'Email' },
] as const
const NEW: RegionalSubscriber = { id: '', name: '', region: 'fr-par' }

/** Creates a subscriber, or changes one; null for a new one. */
export function SubscriberDialog(props: {
  subscriber: RegionalSubscriber | null
  onClose: () => void
}) {
  const { subscriber, onClose } = props
  const create = useCreateSubscriber()
  const update = useUpdateSubscriber(subscriber ?? NEW)
  const [values, setValues] = useState(() =>
    subscriberValues(subscriber ?? NEW, subscriber?.region ?? 'fr-par'),
  )
  const { form, problems, problem, pass, refuse } = useProblems<SubscriberValues, SubscriberField>(
    values,
    subscriberProblems,
  )
  const set = (change: Partial<SubscriberValues>) => setValues({ ...values, ...change })
  const saving = create.isPending || update.isPending
  const submit = async () => {
    if (!pass()) return
    try {
      if (subscriber) await update.mutateAsync(subscriberChange(values, subscriber))
      else await create.mutateAsync({ region: values.region, body: subscriberRequest(values) })
      toast.success(subscriber ? 'The subscriber is saved.' : 'The subscriber is created.')
      onClose()
    } catch (error) {
      refuse(error, subscriberInput)
    }
  }
  return (
    <FormDialog
      title={subscriber ? `Edit subscriber ${subscriber.name}` : 'Create subscriber'}
      submitLabel={subscriber ? 'Save' : 'Create subscriber'}
      loading={saving}
      onSubmit={() => void submit()}
      onClose={onClose}
      formRef={form}
    >
      <TextField
        label="Name"
        error={problems.name}
        value={values.name}
        onChange={({ target }) => set({ name: target.value })}
      />
      {!subscriber && (
        <SelectField
          label="Region"
          hint="Load balancers of this region can have it."
          options={REGIONS.map((one) => ({ value: one, label: REGION_NAMES[one] }))}
          value={values.region}
          onChange={({ target }) => set({ region: target.value as Region })}
        />
      )}
      <SegmentedControl
        legend="Channel"
        options={KINDS}
        value={values.kind}
        onChange={(kind) => set({ kind })}
      />
      {values.kind === 'webhook' ? (
        <TextField
          label="Address"
          type="url"
          hint="It gets a signed POST with JSON. For example: https://example.com/alerts"
          error={problems.uri}
          monospace
          value={values.uri}
          onChange={({ target }) => set({ uri: target.value })}
        />
      ) : (
        <TextField
          label="Email"
          type="email"
          hint="Needs the settings of a mail server, which FAIRLEAD_SMTP_URL and FAIRLEAD_SMTP_FROM give."
          error={problems.email}
          value={values.email}
          onChange={({ target }) => set({ email: target.value })}
        />
      )}
      {problem && (
        <Alert tone="danger" title="The subscriber was not saved.">
          {problem}
        </Alert>
      )}
    </FormDialog>
  )
}
