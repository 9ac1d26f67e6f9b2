'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { toast } from 'sonner'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { fieldsOf } from '#components/form/request-fields.ts'
import { formRequest, useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { SelectField } from '#components/ui/select-field.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { useSubscribe } from '#lib/client/lb-mutations.ts'
import { allSubscribers, type RegionalSubscriber } from '#lib/client/subscriber-queries.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'

/** The ID of a load balancer's subscriber; '' for none. */
export type SubscribeValues = { subscriber: string }

export const SUBSCRIBE_FORM = formRequest({
  fields: ({ subscriber }: SubscribeValues) =>
    subscriber === ''
      ? null
      : { subscriber_id: fieldsOf<SubscribeValues>()('subscriber', subscriber) },
  schema: async () => (await import('#lib/core/subscriber.ts')).SubscribeToLb.nullable(),
})

/** The input for a load balancer's subscriber. */
export function SubscriberField({ subscribers }: { subscribers: readonly RegionalSubscriber[] }) {
  return (
    <SelectField
      label="Subscriber"
      options={[
        { value: '', label: 'Nobody' },
        ...subscribers.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      {...useField<SubscribeValues>('subscriber')}
    />
  )
}

/** Sets a load balancer's subscriber. */
export function SubscribeDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const query = useQuery(browserQuery(allSubscribers()))
  const subscribe = useSubscribe(lb, {
    onSuccess: ({ subscriber }) => {
      toast.success(subscriber ? `${subscriber.name} is told from now on.` : 'Nobody is told.')
      onClose()
    },
  })
  const before = lb.subscriber?.id ?? ''
  const form = useApiForm({ subscriber: before }, SUBSCRIBE_FORM)
  return (
    <DialogForm
      form={form}
      title={`Who is told of ${lb.name}`}
      description="Of servers and backends that go down and come back, of errors and of failovers."
      submitLabel="Save"
      onSubmit={(body, { subscriber }) =>
        subscriber === before ? onClose() : subscribe.mutateAsync(body)
      }
      submitError={subscribe.error}
      errorTitle="It was not saved."
      loading={subscribe.isPending}
      onClose={onClose}
    >
      <RefreshWarning query={query} />
      {query.data ? (
        <SubscriberField subscribers={query.data.filter(({ region }) => region === lb.region)} />
      ) : (
        !query.error && <Skeleton className="h-16" />
      )}
      <p className="text-muted">
        Subscribers of its region can be chosen.{' '}
        <Link href={consolePath.subscribers()} className="text-accent underline">
          See all subscribers
        </Link>
      </p>
    </DialogForm>
  )
}
