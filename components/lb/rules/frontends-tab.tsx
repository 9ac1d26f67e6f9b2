'use client'
import { useState } from 'react'
import { Table, Tbody, Th, Thead } from '#components/ui/table.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useFrontends, useObserved, useOverview } from '../use-lb.ts'
import { DeleteFrontendDialog } from './delete-frontend-dialog.tsx'
import { FrontendRow } from './frontend-row.tsx'
import { RulesTab } from './rules-tab.tsx'

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
  const observed = useObserved(lb.id).data
  const [deleting, setDeleting] = useState<Frontend | null>(null)
  if (!query.data) return <RefreshWarning query={query} />
  const add = { label: 'Add frontend rule', href: consolePath.createFrontend(lb.id) }
  return (
    <div className="grid gap-4">
      <RefreshWarning query={query} />
      <RulesTab add={add} count={query.data.length} empty={EMPTY}>
        <Table name="Frontend rules">
          <Thead>
            <Th>Name</Th>
            <Th>Backend</Th>
            <Th>Protocol</Th>
            <Th>Port</Th>
            <Th>State</Th>
            <Th actions />
          </Thead>
          <Tbody>
            {query.data.map((frontend) => (
              <FrontendRow
                key={frontend.id}
                lb={lb}
                frontend={frontend}
                observed={observed}
                onDelete={() => setDeleting(frontend)}
              />
            ))}
          </Tbody>
        </Table>
      </RulesTab>
      {deleting && (
        <DeleteFrontendDialog lb={lb} frontend={deleting} onClose={() => setDeleting(null)} />
      )}
    </div>
  )
}
