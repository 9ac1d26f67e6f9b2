'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { useSubscribe } from '#lib/client/lb-mutations.ts'
import { allSubscribers } from '#lib/client/subscriber-queries.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'

/** Chooses who is told of what happens to a load balancer. */
export function SubscribeDialog({ lb, onClose }: { lb: Lb; onClose: () => void }) {
  const query = useQuery(browserQuery(allSubscribers()))
  const subscribe = useSubscribe(lb)
  const before = lb.subscriber?.id ?? ''
  const [chosen, setChosen] = useState(before)
  const submit = () => {
    if (chosen === before) return onClose()
    subscribe.mutate(chosen === '' ? null : { subscriber_id: chosen }, {
      onSuccess: ({ subscriber }) => {
        toast.success(subscriber ? `${subscriber.name} is told from now on.` : 'Nobody is told.')
        onClose()
      },
    })
  }
  const fitting = query.data?.filter(({ region }) => region === lb.region)
  return (
    <FormDialog
      title={`Who is told of ${lb.name}`}
      description="Of servers and backends that go down and come back, of errors and of failovers."
      submitLabel="Save"
      loading={subscribe.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <RefreshWarning query={query} />
      {fitting ? (
        <SelectField
          label="Subscriber"
          options={[
            { value: '', label: 'Nobody' },
            ...fitting.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={chosen}
          onChange={({ target }) => setChosen(target.value)}
        />
      ) : (
        !query.error && <Skeleton className="h-16" />
      )}
      <p className="text-muted">
        Subscribers of its region can be chosen.{' '}
        <Link href={consolePath.subscribers()} className="text-accent underline">
          See all subscribers
        </Link>
      </p>
      {subscribe.error && (
        <Alert tone="danger" title="It was not saved.">
          {errorMessage(subscribe.error)}
        </Alert>
      )}
    </FormDialog>
  )
}
