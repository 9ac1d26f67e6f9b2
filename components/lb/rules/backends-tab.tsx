'use client'
import { useState } from 'react'
import { Table, Th, Thead } from '#components/ui/table.tsx'
import { WindowedTbody } from '#components/ui/windowed-tbody.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { LeaveGuard } from '../form/leave-guard.tsx'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useFrontends, useObserved, useOverview } from '../use-lb.ts'
import { useTarget } from '../use-target.ts'
import { BackendRow } from './backend-row.tsx'
import { DeleteBackendDialog } from './delete-backend-dialog.tsx'
import { DiscardDialog } from './edit/discard-dialog.tsx'
import { BackendEditRow, preloadBackendEdit } from './edit/edit-rows.tsx'
import { useOpenRow, useRows } from './edit/use-open-row.ts'
import { RulesTab } from './rules-tab.tsx'

const ROW_ID = ({ id }: { id: string }) => `backend-${id}`
const NONE: readonly string[] = []

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
  const table = `edit-backend:${lb.id}`
  const row = useOpenRow<Backend>(table)
  const { open } = row
  const rows = useRows(query.data, open)
  const target = useTarget()
  const [deletingId, setDeletingId] = useState<string | null>(null)
  // As it is now, should it change while the question stands.
  const deleting = rows.find(({ id }) => id === deletingId)
  if (!query.data) return <RefreshWarning query={query} />
  const add = { label: 'Add backend rule', href: consolePath.createBackend(lb.id) }
  const usersOf = (id: string | undefined) =>
    frontends?.filter(({ backend }) => backend.id === id) ?? []
  return (
    <div className="grid gap-4">
      <LeaveGuard dirty={row.dirty} question="Leave without saving?" onDiscard={row.close} />
      <RefreshWarning query={query} />
      <RulesTab add={add} count={rows.length} empty={EMPTY}>
        <Table
          name="Backend rules"
          rowCount={rows.length}
          onPointerEnter={preloadBackendEdit}
          onFocus={preloadBackendEdit}
        >
          <Thead>
            <Th>Name</Th>
            <Th>Protocol</Th>
            <Th>Port</Th>
            <Th>Proxy</Th>
            <Th className="whitespace-normal!">Health check type</Th>
            <Th className="whitespace-normal!">Health check option</Th>
            <Th className="whitespace-normal!">Sticky session</Th>
            <Th className="whitespace-normal!">Cookie name</Th>
            <Th>Server IPs</Th>
            <Th actions />
          </Thead>
          <WindowedTbody
            items={rows}
            idOf={ROW_ID}
            keep={open ? [ROW_ID(open.rule)] : NONE}
            target={target}
          >
            {(backend, place) =>
              open && open.rule.id === backend.id ? (
                <BackendEditRow
                  place={place}
                  {...{ lb, open, table }}
                  backends={query.data}
                  users={usersOf(backend.id)}
                  onClose={row.close}
                  onDirty={row.onDirty}
                />
              ) : (
                <BackendRow
                  place={place}
                  lbId={lb.id}
                  backend={backend}
                  observed={observed}
                  onEdit={(field) => row.edit(backend, field)}
                  onDelete={() => setDeletingId(backend.id)}
                />
              )
            }
          </WindowedTbody>
        </Table>
      </RulesTab>
      <DiscardDialog
        name={open?.rule.name ?? ''}
        wanted={row.wanted?.rule.name}
        onStay={row.stay}
        onDiscard={row.discard}
      />
      {deleting && (
        <DeleteBackendDialog
          lb={lb}
          backend={deleting}
          users={usersOf(deleting.id)}
          onClose={() => setDeletingId(null)}
        />
      )}
    </div>
  )
}
