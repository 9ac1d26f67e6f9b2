'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { RefreshWarning } from '#components/lb/refresh-state.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { Code } from '#components/ui/code.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Disclosure } from '#components/ui/disclosure.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import {
  useRetryDelivery,
  useRotateSubscriberSecret,
  useTestSubscriber,
} from '#lib/client/subscriber-mutations.ts'
import { type RegionalSubscriber, subscriberDeliveries } from '#lib/client/subscriber-queries.ts'
import type { Delivery } from '#lib/core/delivery.ts'
import { DELIVERY_STATES, EVENT_NAMES } from './delivery-text.ts'

const QUICK_MS = 1000
const SLOW_MS = 5000

type Props = { subscriber: RegionalSubscriber; onClose: () => void }

/** A subscriber's deliveries. */
export function DeliveriesDialog({ subscriber, onClose }: Props) {
  const query = useQuery({
    ...browserQuery(subscriberDeliveries(subscriber.id)),
    refetchInterval: ({ state }) =>
      state.data?.deliveries.some(({ status }) => status === 'pending') ? QUICK_MS : SLOW_MS,
  })
  const test = useTestSubscriber(subscriber.id)
  const retry = useRetryDelivery(subscriber.id)
  const failed = test.error ?? retry.error
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={`Deliveries to ${subscriber.name}`}
      description={subscriber.webhook_config?.uri ?? subscriber.email_config?.email}
      footer={<Button onClick={onClose}>Close</Button>}
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div className="flex flex-wrap gap-2">
          <Button size="small" loading={test.isPending} onClick={() => test.mutate(undefined)}>
            Send a test
          </Button>
          {subscriber.webhook_config && <SigningSecret id={subscriber.id} />}
        </div>
        {failed && <Alert tone="danger">{errorMessage(failed)}</Alert>}
        <RefreshWarning query={query} />
        {!query.data && !query.error && <Skeleton className="h-32" />}
        {query.data?.deliveries.length === 0 && <p className="text-muted">Nothing was sent yet.</p>}
        {query.data && query.data.deliveries.length > 0 && (
          <ol
            aria-label={`Deliveries to ${subscriber.name}`}
            className="divide-y divide-border border-y border-border"
          >
            {query.data.deliveries.map((delivery) => (
              <DeliveryItem
                key={delivery.id}
                delivery={delivery}
                retrying={retry.isPending}
                onRetry={() => retry.mutate(delivery.id)}
              />
            ))}
          </ol>
        )}
      </div>
    </Dialog>
  )
}

function DeliveryItem(props: { delivery: Delivery; retrying: boolean; onRetry: () => void }) {
  const { delivery, retrying, onRetry } = props
  const { event_type, status, at, attempts, attempt_count, next_attempt_at } = delivery
  const { tone, label } = DELIVERY_STATES[status]
  return (
    <li className="grid gap-1 py-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className="font-medium">{EVENT_NAMES[event_type]}</span>
        <StatusBadge tone={tone}>{label}</StatusBadge>
        <span className="text-muted">
          <RelativeTime at={at} />
        </span>
        {status !== 'delivered' && (
          <Button
            size="small"
            className="ml-auto"
            aria-label={`Send again: ${EVENT_NAMES[event_type]}`}
            loading={retrying}
            onClick={onRetry}
          >
            Send again
          </Button>
        )}
      </div>
      <p className="text-[0.8125rem]/5 wrap-anywhere text-muted">
        {attempts.at(-1)?.outcome ?? 'Not tried yet.'}
        {next_attempt_at && (
          <>
            {' '}
            Tried again at <ClockTime at={next_attempt_at} />.
          </>
        )}
      </p>
      {attempts.length > 1 && (
        <Disclosure summary={`${attempt_count} attempts`}>
          <ol className="grid gap-1 text-[0.8125rem]/5">
            {attempts.map((attempt) => (
              <li key={attempt.at} className="wrap-anywhere">
                <ClockTime at={attempt.at} /> {attempt.outcome}{' '}
                <span className="text-muted">in {Math.round(attempt.duration_ms)} ms</span>
              </li>
            ))}
          </ol>
        </Disclosure>
      )}
    </li>
  )
}

/** Replaces the secret that signs deliveries, and shows the new one once. */
function SigningSecret({ id }: { id: string }) {
  const create = useRotateSubscriberSecret(id)
  const [confirming, setConfirming] = useState(false)
  return (
    <>
      <Button size="small" onClick={() => setConfirming(true)}>
        New signing secret
      </Button>
      {create.data && (
        <Alert tone="warn" title="The secret is shown only now." className="basis-full">
          <span className="inline-flex items-start gap-1">
            <Code className="wrap-anywhere">{create.data.secret}</Code>
            <CopyButton text={create.data.secret} label="Copy signing secret" />
          </span>
        </Alert>
      )}
      <ConfirmDialog
        open={confirming}
        onOpenChange={setConfirming}
        title="Make a new signing secret?"
        description="What is sent from now on is signed with it, and the one before ends. The receiver needs it to check signatures."
        confirmLabel="Make a new secret"
        tone="primary"
        loading={create.isPending}
        error={create.error && errorMessage(create.error)}
        onConfirm={() => create.mutate(undefined, { onSuccess: () => setConfirming(false) })}
      />
    </>
  )
}
