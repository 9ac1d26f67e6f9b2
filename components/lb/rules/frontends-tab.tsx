'use client'
import { useState } from 'react'
import { Table, Th, Thead } from '#components/ui/table.tsx'
import { WindowedTbody } from '#components/ui/windowed-tbody.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { LeaveGuard } from '../form/leave-guard.tsx'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useFrontends, useObserved, useOverview, useRoutes } from '../use-lb.ts'
import { useTarget } from '../use-target.ts'
import { DeleteFrontendDialog } from './delete-frontend-dialog.tsx'
import { DiscardDialog } from './edit/discard-dialog.tsx'
import { FrontendEditRow, preloadFrontendEdit } from './edit/edit-rows.tsx'
import { useOpenRow, useRows } from './edit/use-open-row.ts'
import { FrontendRow } from './frontend-row.tsx'
import { RulesTab } from './rules-tab.tsx'

const ROW_ID = ({ id }: { id: string }) => `frontend-${id}`
const NONE: readonly string[] = []

const EMPTY = {
  title: 'No frontend rules',
  text: 'Without a frontend rule the load balancer takes no traffic.',
}

/** The frontend rules of a load balancer. */
export function FrontendsTab({ id }: { id: string }) {
  const overview = useOverview(id).data
  return overview ? <FrontendRules lb={overview.lb} /> : null
}

function FrontendRules({ lb }: { lb: Lb }) {
  const query = useFrontends(lb)
  const backends = useBackends(lb)
  const observed = useObserved(lb.id).data
  const routes = useRoutes(lb).data ?? []
  const table = `edit-frontend:${lb.id}`
  const row = useOpenRow<Frontend>(table)
  const { open } = row
  const rows = useRows(query.data, open)
  const target = useTarget()
  const [deletingId, setDeletingId] = useState<string | null>(null)
  // As it is now, should it change while the question stands.
  const deleting = rows.find(({ id }) => id === deletingId)
  if (!query.data) return <RefreshWarning query={query} />
  const add = { label: 'Add frontend rule', href: consolePath.createFrontend(lb.id) }
  return (
    <div className="grid gap-4">
      <LeaveGuard dirty={row.dirty} question="Leave without saving?" onDiscard={row.close} />
      <RefreshWarning query={query} />
      <RulesTab add={add} count={rows.length} empty={EMPTY}>
        <Table
          name="Frontend rules"
          rowCount={rows.length}
          onPointerEnter={preloadFrontendEdit}
          onFocus={preloadFrontendEdit}
        >
          <Thead>
            <Th>Name</Th>
            <Th>Backend</Th>
            <Th>Protocol</Th>
            <Th>Port</Th>
            <Th>State</Th>
            <Th actions />
          </Thead>
          <WindowedTbody
            items={rows}
            idOf={ROW_ID}
            keep={open ? [ROW_ID(open.rule)] : NONE}
            target={target}
          >
            {(frontend, place) =>
              open && backends.data && open.rule.id === frontend.id ? (
                <FrontendEditRow
                  place={place}
                  {...{ lb, open, table, observed }}
                  frontends={query.data}
                  backends={backends.data}
                  onClose={row.close}
                  onDirty={row.onDirty}
                />
              ) : (
                <FrontendRow
                  place={place}
                  {...{ lb, frontend, observed }}
                  routes={routes.filter(({ frontend_id }) => frontend_id === frontend.id).length}
                  onEdit={(field) => row.edit(frontend, field)}
                  onDelete={() => setDeletingId(frontend.id)}
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
        <DeleteFrontendDialog lb={lb} frontend={deleting} onClose={() => setDeletingId(null)} />
      )}
    </div>
  )
}
