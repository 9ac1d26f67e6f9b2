'use client'
import { useWatch } from 'react-hook-form'
import { toast } from 'sonner'
import { ChoiceField } from '#components/form/choice-field.tsx'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useCreateSubscriber, useUpdateSubscriber } from '#lib/client/subscriber-mutations.ts'
import type { RegionalSubscriber } from '#lib/client/subscriber-queries.ts'
import { REGION_NAMES, REGIONS } from '#lib/core/regions.ts'
import {
  NEW_SUBSCRIBER,
  SUBSCRIBER_FORM,
  type SubscriberValues,
  subscriberPatch,
  subscriberValues,
} from './subscriber-values.ts'

const KINDS = [
  { value: 'webhook', label: 'Webhook' },
  { value: 'email', label: 'Email' },
] as const
const REGION_OPTIONS = REGIONS.map((value) => ({ value, label: REGION_NAMES[value] }))

/** The inputs of a subscriber. A subscriber's region can't be changed. */
export function SubscriberFields({ isNew }: { isNew: boolean }) {
  const kind = useWatch<SubscriberValues, 'kind'>({ name: 'kind' })
  const region = useField<SubscriberValues>('region')
  return (
    <>
      <TextField label="Name" {...useField<SubscriberValues>('name')} />
      {isNew && (
        <SelectField
          label="Region"
          hint="Load balancers of this region can have it."
          options={REGION_OPTIONS}
          {...region}
        />
      )}
      <ChoiceField<SubscriberValues> name="kind" legend="Channel" options={KINDS} />
      {kind === 'webhook' ? <WebhookField /> : <EmailField />}
    </>
  )
}

function WebhookField() {
  return (
    <TextField
      label="Address"
      type="url"
      hint="It gets a signed POST with JSON. For example: https://example.com/alerts"
      monospace
      {...useField<SubscriberValues>('uri')}
    />
  )
}

function EmailField() {
  return (
    <TextField
      label="Email"
      type="email"
      hint="Needs the settings of a mail server, which FAIRLEAD_SMTP_URL and FAIRLEAD_SMTP_FROM give."
      {...useField<SubscriberValues>('email')}
    />
  )
}

/** Creates a subscriber. */
export function CreateSubscriberDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateSubscriber({
    onSuccess: () => {
      toast.success('The subscriber is created.')
      onClose()
    },
  })
  const form = useApiForm(NEW_SUBSCRIBER, SUBSCRIBER_FORM)
  return (
    <DialogForm
      form={form}
      title="Create subscriber"
      submitLabel="Create subscriber"
      onSubmit={(body, { region }) => create.mutateAsync({ region, body })}
      submitError={create.error}
      errorTitle="The subscriber was not saved."
      loading={create.isPending}
      onClose={onClose}
    >
      <SubscriberFields isNew />
    </DialogForm>
  )
}

type EditProps = { subscriber: RegionalSubscriber; onClose: () => void }

/** Edits a subscriber. */
export function EditSubscriberDialog({ subscriber, onClose }: EditProps) {
  const update = useUpdateSubscriber(subscriber, {
    onSuccess: () => {
      toast.success('The subscriber is saved.')
      onClose()
    },
  })
  const form = useApiForm(subscriberValues(subscriber, subscriber.region), SUBSCRIBER_FORM)
  return (
    <DialogForm
      form={form}
      title={`Edit subscriber ${subscriber.name}`}
      submitLabel="Save"
      onSubmit={(_body, values) => update.mutateAsync(subscriberPatch(values, subscriber))}
      submitError={update.error}
      errorTitle="The subscriber was not saved."
      loading={update.isPending}
      onClose={onClose}
    >
      <SubscriberFields isNew={false} />
    </DialogForm>
  )
}
