'use client'
import { useQuery } from '@tanstack/react-query'
import { Network, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { StatusBadge, type StatusTone } from '#components/ui/status-badge.tsx'
import { RowHeader, Table, Tbody, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { useDetachPrivateNetwork } from '#lib/client/private-network-mutations.ts'
import { lbPrivateNetworks } from '#lib/client/private-network-queries.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { PrivateNetwork } from '#lib/core/private-network.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useOverview } from '../use-lb.ts'

/** Loaded on demand: forms are larger than the rest of the page. */
const AttachNetworkDialog = dynamic(() =>
  import('./attach-network-dialog.tsx').then((module) => module.AttachNetworkDialog),
)

const STATES: Record<PrivateNetwork['status'], { tone: StatusTone; label: string }> = {
  ready: { tone: 'ok', label: 'Attached' },
  pending: { tone: 'progress', label: 'Being changed' },
  error: { tone: 'danger', label: 'Error' },
  unknown: { tone: 'neutral', label: 'Unknown' },
}
const QUICK_MS = 1000

/** The private networks that a load balancer is attached to. */
export function PrivateNetworksTab({ id }: { id: string }) {
  const overview = useOverview(id).data
  return overview ? <Networks lb={overview.lb} /> : null
}

function Networks({ lb }: { lb: Lb }) {
  const query = useQuery({
    ...browserQuery(lbPrivateNetworks(lb)),
    // A pending state ends by time alone, which causes no event.
    refetchInterval: ({ state }) =>
      state.data?.some(({ status }) => status === 'pending') ? QUICK_MS : pollInterval(5000),
  })
  const [attaching, setAttaching] = useState(false)
  const [detaching, setDetaching] = useState<string | null>(null)
  const { data } = query
  const attach = (
    <Button variant="primary" onClick={() => setAttaching(true)}>
      <Plus aria-hidden className="size-4" />
      Attach private network
    </Button>
  )
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Alert title="Private networks have no effect on traffic here.">
        They are recorded as the API has them, so that programs that attach them work. On one
        machine, servers are reached by the machine's own routes.
      </Alert>
      <RefreshWarning query={query} />
      {data?.length === 0 && (
        <EmptyState icon={<Network aria-hidden />} title="No private networks" action={attach}>
          This load balancer is attached to none.
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <>
          <div className="flex justify-end">{attach}</div>
          <Table name="Private networks">
            <Thead>
              <Th>Private network</Th>
              <Th>State</Th>
              <Th>Attached</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </Thead>
            <Tbody>
              {data.map(({ private_network_id: networkId, status, created_at }) => (
                <Tr key={networkId}>
                  <RowHeader>
                    <span className="inline-flex items-center gap-1 wrap-anywhere">
                      <Code>{networkId}</Code>
                      <CopyButton text={networkId} label={`Copy ${networkId}`} />
                    </span>
                  </RowHeader>
                  <Td label="State">
                    <StatusBadge tone={STATES[status].tone}>{STATES[status].label}</StatusBadge>
                  </Td>
                  <Td label="Attached">
                    <RelativeTime at={created_at} />
                  </Td>
                  <Td className="sm:text-right">
                    <Button
                      size="small"
                      aria-label={`Detach ${networkId}`}
                      onClick={() => setDetaching(networkId)}
                    >
                      Detach
                    </Button>
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        </>
      )}
      {attaching && <AttachNetworkDialog lb={lb} onClose={() => setAttaching(false)} />}
      {detaching && (
        <DetachDialog lb={lb} networkId={detaching} onClose={() => setDetaching(null)} />
      )}
    </div>
  )
}

function DetachDialog(props: { lb: Lb; networkId: string; onClose: () => void }) {
  const { lb, networkId, onClose } = props
  const detach = useDetachPrivateNetwork(lb, {
    onSuccess: () => {
      toast.success('The private network is being detached.')
      onClose()
    },
  })
  return (
    <ConfirmAction
      title="Detach this private network?"
      description={
        <>
          {lb.name} is no longer attached to <Code>{networkId}</Code>. Traffic goes on as before.
        </>
      }
      confirmLabel="Detach"
      loading={detach.isPending}
      submitError={detach.error}
      onConfirm={() => detach.mutate({ private_network_id: networkId })}
      onClose={onClose}
    />
  )
}
