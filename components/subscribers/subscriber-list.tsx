'use client'
import { useQuery } from '@tanstack/react-query'
import { BellRing, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { RefreshWarning, UpdatedAt } from '#components/lb/refresh-state.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Menu } from '#components/ui/menu.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { useDeleteSubscriber } from '#lib/client/subscriber-mutations.ts'
import { allSubscribers, type RegionalSubscriber } from '#lib/client/subscriber-queries.ts'
import { REGION_NAMES } from '#lib/core/regions.ts'

/** Loaded on demand: forms are larger than the rest of the page. */
const CreateSubscriberDialog = dynamic(() =>
  import('./subscriber-dialog.tsx').then((module) => module.CreateSubscriberDialog),
)
const EditSubscriberDialog = dynamic(() =>
  import('./subscriber-dialog.tsx').then((module) => module.EditSubscriberDialog),
)
const DeliveriesDialog = dynamic(() =>
  import('./deliveries-dialog.tsx').then((module) => module.DeliveriesDialog),
)

const INTERVAL_MS = 10_000

type Open =
  | { what: 'create' }
  | { what: 'edit' | 'sent' | 'delete'; subscriber: RegionalSubscriber }

/** The subscribers of all regions. */
export function SubscriberList() {
  const query = useQuery({ ...browserQuery(allSubscribers()), refetchInterval: INTERVAL_MS })
  const [open, setOpen] = useState<Open | null>(null)
  const { data } = query
  const close = () => setOpen(null)
  const create = (
    <Button variant="primary" onClick={() => setOpen({ what: 'create' })}>
      <Plus aria-hidden className="size-4" />
      Create subscriber
    </Button>
  )
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <PageHeader
        title="Subscribers"
        description="Receive a webhook or an email when a server goes down or a failover happens. A load balancer can have one subscriber."
        actions={data && <UpdatedAt query={query} />}
      />
      <RefreshWarning query={query} />
      {data?.length === 0 && (
        <EmptyState icon={<BellRing aria-hidden />} title="No subscribers" action={create}>
          Create one, then select it on your load balancers.
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <div className="flex justify-end">{create}</div>
          <Table name="Subscribers">
            <Thead>
              <Th>Name</Th>
              <Th>Channel</Th>
              <Th>Region</Th>
              <Th>Deliveries</Th>
              <Th actions />
            </Thead>
            <Tbody>
              {data.map((subscriber) => (
                <Tr key={subscriber.id}>
                  <RowHeader>{subscriber.name}</RowHeader>
                  <Td label="Channel">
                    <Channel subscriber={subscriber} />
                  </Td>
                  <Td label="Region">{REGION_NAMES[subscriber.region]}</Td>
                  <Td label="Deliveries">
                    <Button
                      size="small"
                      aria-label={`Deliveries to ${subscriber.name}`}
                      onClick={() => setOpen({ what: 'sent', subscriber })}
                    >
                      Deliveries
                    </Button>
                  </Td>
                  <Td actions>
                    <Menu
                      label={`Actions for ${subscriber.name}`}
                      items={[
                        { label: 'Edit', onSelect: () => setOpen({ what: 'edit', subscriber }) },
                        {
                          label: 'Delete',
                          tone: 'danger',
                          onSelect: () => setOpen({ what: 'delete', subscriber }),
                        },
                      ]}
                    />
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        </div>
      )}
      {open?.what === 'create' && <CreateSubscriberDialog onClose={close} />}
      {open?.what === 'edit' && (
        <EditSubscriberDialog subscriber={open.subscriber} onClose={close} />
      )}
      {open?.what === 'sent' && <DeliveriesDialog subscriber={open.subscriber} onClose={close} />}
      {open?.what === 'delete' && <DeleteDialog subscriber={open.subscriber} onClose={close} />}
    </div>
  )
}

function Channel({ subscriber }: { subscriber: RegionalSubscriber }) {
  const { webhook_config: webhook, email_config: email } = subscriber
  return (
    <span className="wrap-anywhere">
      {webhook ? 'Webhook ' : 'Email '}
      <Code>{webhook?.uri ?? email?.email ?? ''}</Code>
    </span>
  )
}

function DeleteDialog(props: { subscriber: RegionalSubscriber; onClose: () => void }) {
  const { subscriber, onClose } = props
  const remove = useDeleteSubscriber(subscriber, {
    onSuccess: () => {
      toast.success(`Subscriber ${subscriber.name} is deleted.`)
      onClose()
    },
  })
  return (
    <ConfirmAction
      title={`Delete subscriber ${subscriber.name}?`}
      description="What still waits to be sent to it is lost, and what was sent is no longer listed."
      confirmLabel="Delete subscriber"
      loading={remove.isPending}
      submitError={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  )
}
