'use client'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { usePathname, useSearchParams } from 'next/navigation'
import { RefreshWarning } from '#components/lb/refresh-state.tsx'
import { useMay } from '#components/shell/access.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { type AuditFilter, auditLines } from '#lib/client/audit-reads.ts'
import { auditFilterOf, KIND_OPTIONS } from './audit-query.ts'
import { AuditTable } from './audit-table.tsx'

const INTERVAL_MS = 10_000

/** Who logged in, was refused, or changed something. Owners see it. */
export function AuditPage() {
  const may = useMay('people')
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Audit log"
        description="Who logged in, was refused, or changed something. Log-ins and refusals are kept for 90 days."
      />
      {may ? (
        <Lines />
      ) : (
        <Alert title="An owner can see this">
          It says where everybody logs in from, so only owners of this Fairlead read it.
        </Alert>
      )}
    </div>
  )
}

function Lines() {
  const { filter, change } = useAuditFilter()
  const query = useInfiniteQuery({
    ...auditLines(filter),
    placeholderData: keepPreviousData,
    // Who has gone back in time reads, and is not interrupted.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) > 1 ? false : INTERVAL_MS),
  })
  const lines = query.data?.pages.flatMap((page) => page.lines)
  return (
    <div className="grid gap-4">
      <search className="grid gap-3 sm:grid-cols-[14rem_14rem]">
        <SelectField
          label="What happened"
          options={KIND_OPTIONS}
          value={filter.kind}
          onChange={({ target }) => change({ kind: target.value })}
        />
        <TextField
          label="Who"
          type="search"
          placeholder="A part of a name"
          autoComplete="off"
          defaultValue={filter.actor}
          onChange={({ target }) => change({ actor: target.value.trim() })}
        />
      </search>
      <RefreshWarning query={query} />
      {lines?.length === 0 && (
        <EmptyState icon={<Search aria-hidden />} title="Nothing matches">
          Nothing of this kind has happened.
        </EmptyState>
      )}
      {lines && lines.length > 0 && <AuditTable lines={lines} />}
      {query.hasNextPage && (
        <div className="flex justify-center">
          <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older
          </Button>
        </div>
      )}
    </div>
  )
}

/** Kept in the address, in place of the one before: typing is no way that one goes back. */
function useAuditFilter() {
  const filter = auditFilterOf(Object.fromEntries(useSearchParams()))
  const pathname = usePathname()
  const change = (next: Partial<AuditFilter>) => {
    const told = Object.entries({ ...filter, ...next }).filter(([, value]) => value !== '')
    const text = new URLSearchParams(told).toString()
    window.history.replaceState(null, '', text ? `${pathname}?${text}` : pathname)
  }
  return { filter, change }
}
