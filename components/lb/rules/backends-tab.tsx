'use client'
import { useState } from 'react'
import { Table, Tbody, Th, Thead } from '#components/ui/table.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useFrontends, useObserved, useOverview } from '../use-lb.ts'
import { BackendRow } from './backend-row.tsx'
import { DeleteBackendDialog } from './delete-backend-dialog.tsx'
import { RulesTab } from './rules-tab.tsx'

const EMPTY = {
  title: 'No backend rules',
  text: 'A backend rule names the servers that a frontend rule passes its traffic to.',
}

/** The backend rules of a load balancer. */
export function BackendsTab({ id }: { id: string }) {
  const overview = useOverview(id).data
  return overview ? <BackendRules lb={overview.lb} /> : null
}

function BackendRules({ lb }: { lb: Lb }) {
  const query = useBackends(lb)
  const frontends = useFrontends(lb).data
  const observed = useObserved(lb.id)
  const [deleting, setDeleting] = useState<Backend | null>(null)
  if (!query.data) return <RefreshWarning query={query} />
  const add = { label: 'Add backend rule', href: consolePath.createBackend(lb.id) }
  const users = frontends?.filter(({ backend }) => backend.id === deleting?.id) ?? []
  return (
    <div className="grid gap-4">
      <RefreshWarning query={query} />
      <RulesTab add={add} count={query.data.length} empty={EMPTY}>
        <Table name="Backend rules">
          <Thead>
            <Th>Name</Th>
            <Th>Protocol</Th>
            <Th>Port</Th>
            <Th>Proxy</Th>
            <Th>Health check type</Th>
            <Th>Health check option</Th>
            <Th>Sticky session</Th>
            <Th>Cookie name</Th>
            <Th>Server IPs</Th>
            <Th actions />
          </Thead>
          <Tbody>
            {query.data.map((backend) => (
              <BackendRow
                key={backend.id}
                backend={backend}
                observed={observed}
                onDelete={() => setDeleting(backend)}
              />
            ))}
          </Tbody>
        </Table>
      </RulesTab>
      {deleting && (
        <DeleteBackendDialog
          lb={lb}
          backend={deleting}
          users={users}
          onClose={() => setDeleting(null)}
        />
      )}
    </div>
  )
}
