'use client'
import dynamic from 'next/dynamic'
import { consolePath } from '#lib/client/console-path.ts'
import type { Lb } from '#lib/core/lb.ts'
import { useBackends, useFrontends, useObserved, useOverview } from '../use-lb.ts'
import { BackendRow } from './backend-row.tsx'
import { DeleteBackendDialog } from './delete-backend-dialog.tsx'
import { RulesTab } from './rules-tab.tsx'

const loadEditRow = () =>
  import('./edit/backend-edit-row.tsx').then((module) => module.BackendEditRow)
/** Loaded on demand: forms are larger than the rest of the page. */
const BackendEditRow = dynamic(loadEditRow)

const COLUMNS = [
  { label: 'Name' },
  { label: 'Protocol' },
  { label: 'Port' },
  { label: 'Proxy' },
  { label: 'Health check type', wraps: true },
  { label: 'Health check option', wraps: true },
  { label: 'Sticky session', wraps: true },
  { label: 'Cookie name', wraps: true },
  { label: 'Server IPs' },
]
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
  const usersOf = (id: string) => frontends?.filter(({ backend }) => backend.id === id) ?? []
  return (
    <RulesTab
      query={query}
      name="Backend rules"
      idPrefix="backend"
      storageName={table}
      columns={COLUMNS}
      createLink={{ label: 'Add backend rule', href: consolePath.createBackend(lb.id) }}
      empty={EMPTY}
      preloadEdit={() => void loadEditRow()}
      row={({ rule, ...row }) => (
        <BackendRow {...row} lbId={lb.id} backend={rule} observed={observed} />
      )}
      editRow={({ rules, ...row }) => (
        <BackendEditRow
          {...row}
          {...{ lb, table }}
          backends={rules}
          users={usersOf(row.open.rule.id)}
        />
      )}
      deleteDialog={(rule, onClose) => (
        <DeleteBackendDialog lb={lb} backend={rule} users={usersOf(rule.id)} onClose={onClose} />
      )}
    />
  )
}
