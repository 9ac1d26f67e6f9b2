'use client'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Download, Search } from 'lucide-react'
import { RefreshWarning } from '#components/lb/refresh-state.tsx'
import { useMay } from '#components/shell/access.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { buttonClass } from '#components/ui/button-class.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { LoadOlder } from '#components/ui/load-older.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { useTypedFilter, useUrlState } from '#components/ui/use-url-state.ts'
import { apiPath } from '#lib/client/api-path.ts'
import { auditLines } from '#lib/client/audit-queries.ts'
import { AUDIT_PARAMETERS, KIND_OPTIONS } from './audit-query.ts'
import { AuditTable } from './audit-table.tsx'

const INTERVAL_MS = 10_000

/** The audit log. Only owners see it. */
export function AuditPage() {
  const may = useMay('people')
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Audit log"
        description="Logins, denied requests and changes. FAIRLEAD_AUDIT_DAYS sets how long each is kept. Default: 90 days, changes 3 years."
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
  const { state: filter, replace } = useUrlState(AUDIT_PARAMETERS)
  const typed = useTypedFilter('actor', filter.actor, (actor) => replace({ actor }))
  const query = useInfiniteQuery({
    ...auditLines(filter),
    placeholderData: keepPreviousData,
    // A person who has loaded older lines is reading, so new lines must not move them.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) > 1 ? false : INTERVAL_MS),
  })
  const lines = query.data?.pages.flatMap((page) => page.lines)
  return (
    <div className="grid gap-4">
      <search className="grid items-end gap-3 sm:grid-cols-[14rem_14rem_auto]">
        <SelectField
          label="What happened"
          options={KIND_OPTIONS}
          value={filter.kind}
          onChange={({ target }) => replace({ kind: target.value, actor: typed.text.trim() })}
        />
        <TextField
          label="Who"
          type="search"
          placeholder="A part of a name"
          autoComplete="off"
          value={typed.text}
          onChange={({ target }) => typed.set(target.value)}
        />
        <a
          className={buttonClass('secondary', 'medium', 'sm:justify-self-start')}
          href={`/api${apiPath.auditExport(filter)}`}
          title="JSON Lines, oldest first. Contains every entry that matches the filters."
          download
        >
          <Download aria-hidden className="size-4" />
          Export audit log
        </a>
      </search>
      <RefreshWarning query={query} />
      {lines?.length === 0 && (
        <EmptyState icon={<Search aria-hidden />} title="Nothing matches">
          Nothing of this kind has happened.
        </EmptyState>
      )}
      {lines && lines.length > 0 && <AuditTable lines={lines} />}
      <LoadOlder query={query} />
    </div>
  )
}
