'use client'
import dynamic from 'next/dynamic'
import { consolePath } from '#lib/client/console-path.ts'
import type { Lb } from '#lib/core/lb.ts'
import { useBackends, useFrontends, useObserved, useOverview, useRoutes } from '../use-lb.ts'
import { DeleteFrontendDialog } from './delete-frontend-dialog.tsx'
import { FrontendRow } from './frontend-row.tsx'
import { RulesTab } from './rules-tab.tsx'

const loadEditRow = () =>
  import('./edit/frontend-edit-row.tsx').then((module) => module.FrontendEditRow)
/** Loaded on demand, because the forms are larger than the rest of the page. */
const FrontendEditRow = dynamic(loadEditRow)

const COLUMNS = ['Name', 'Backend', 'Protocol', 'Port', 'State'].map((label) => ({ label }))
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
  const backends = useBackends(lb).data
  const observed = useObserved(lb.id).data
  const routes = useRoutes(lb).data ?? []
  const table = `edit-frontend:${lb.id}`
  return (
    <RulesTab
      query={query}
      name="Frontend rules"
      idPrefix="frontend"
      storageName={table}
      columns={COLUMNS}
      createLink={{ label: 'Add frontend rule', href: consolePath.createFrontend(lb.id) }}
      empty={EMPTY}
      preloadEdit={() => void loadEditRow()}
      canEdit={backends !== undefined}
      row={({ rule, ...row }) => (
        <FrontendRow
          {...row}
          {...{ lb, observed }}
          frontend={rule}
          routes={routes.filter(({ frontend_id }) => frontend_id === rule.id).length}
        />
      )}
      editRow={({ rules, ...row }) => (
        <FrontendEditRow
          {...row}
          {...{ lb, table, observed }}
          frontends={rules}
          backends={backends ?? []}
        />
      )}
      deleteDialog={(rule, onClose) => (
        <DeleteFrontendDialog lb={lb} frontend={rule} onClose={onClose} />
      )}
    />
  )
}
