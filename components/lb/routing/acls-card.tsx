'use client'
import { useQuery } from '@tanstack/react-query'
import { ArrowDown, ArrowUp, Pencil, Plus, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { ApiError, validationErrors } from '#lib/client/api-error.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { useSetAcls } from '#lib/client/rule-mutations.ts'
import { frontendAcls } from '#lib/client/rule-queries.ts'
import type { AclSpec } from '#lib/core/acl.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { LeaveGuard } from '../form/leave-guard.tsx'
import { RefreshWarning } from '../refresh-state.tsx'
import { aclWords } from './acl-text.ts'
import { type AclRefusal, aclRefusals, specOf, withIndexes } from './acl-values.ts'

const AclDialog = dynamic(() => import('./acl-dialog.tsx').then((module) => module.AclDialog))

/** What is being changed: the list as it is to be, on the list with that tag. */
/** `reordered`: whether ACLs have been moved, so that their indexes have to follow. */
type Draft = { acls: AclSpec[]; etag: string; reordered: boolean }

/** The server's errors for the list that it refused. */
type Refused = { acls: readonly AclSpec[] } & ReturnType<typeof aclRefusals>

const NO_REFUSAL: AclRefusal = {}

/** Who may come in by a frontend: its ACLs in the order in which they are tried, saved as a whole. */
export function AclsCard({ lb, frontend }: { lb: Lb; frontend: Frontend }) {
  const query = useQuery({
    ...frontendAcls(lb, frontend.id),
    refetchInterval: () => pollInterval(5000),
  })
  const set = useSetAcls(lb, frontend.id)
  const [draft, setDraft] = useState<Draft | null>(null)
  const [editing, setEditing] = useState<number | 'new' | null>(null)
  const [moved, setMoved] = useState('')
  const [refused, setRefused] = useState<Refused | null>(null)
  if (!query.data) {
    return (
      <Card id="acls" title="Access control">
        {query.error ? <RefreshWarning query={query} /> : <Skeleton className="h-24" />}
      </Card>
    )
  }
  const saved: Draft = {
    acls: query.data.acls.map(specOf),
    etag: query.data.etag,
    reordered: false,
  }
  const shown = draft ?? saved
  const change = (acls: AclSpec[], reordered = shown.reordered) =>
    setDraft({ acls, etag: shown.etag, reordered })
  const isConflict = set.error instanceof ApiError && set.error.status === 412
  const save = (etag: string) =>
    set.mutate(
      { acls: shown.reordered ? withIndexes(shown.acls) : shown.acls, etag },
      {
        onSuccess: () => {
          setDraft(null)
          toast.success('The ACLs are saved.')
        },
        onError: (error) => {
          setRefused({ acls: shown.acls, ...aclRefusals(validationErrors(error)) })
          // The saved ACLs are shown next to the draft.
          void query.refetch()
        },
      },
    )
  const move = (from: number, by: -1 | 1) => {
    const acls = [...shown.acls]
    const [acl] = acls.splice(from, 1)
    if (!acl) return
    acls.splice(from + by, 0, acl)
    change(acls, true)
    setMoved(`${acl.name} is number ${from + by + 1} of ${acls.length}.`)
  }
  const discard = () => {
    setDraft(null)
    set.reset()
  }
  // The errors refer to indexes, so they are dropped when the list changes.
  const refusals = refused?.acls === shown.acls ? refused : null
  const edited = typeof editing === 'number' ? (shown.acls[editing] ?? null) : null
  return (
    <Card
      id="acls"
      title="Access control"
      description="ACLs are tried from top to bottom. The first that matches decides; none: allowed."
      actions={
        <Button size="small" onClick={() => setEditing('new')}>
          <Plus aria-hidden className="size-3.5" />
          Add ACL
        </Button>
      }
    >
      <LeaveGuard dirty={draft !== null} question="Leave without saving?" onDiscard={discard} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <RefreshWarning query={query} />
        {shown.acls.length === 0 ? (
          <p className="text-muted">No ACLs: everyone is allowed.</p>
        ) : (
          <ol aria-label="ACLs" className="divide-y divide-border border-y border-border">
            {shown.acls.map((acl, at) => (
              <AclItem
                // A draft may have two of one name until it is checked.
                key={`${acl.name} ${shown.acls.slice(0, at).filter(({ name }) => name === acl.name).length}`}
                acl={acl}
                at={at}
                count={shown.acls.length}
                refusal={refusalAt(refusals, at)}
                onMove={(by) => move(at, by)}
                onEdit={() => setEditing(at)}
                onDelete={() => change(shown.acls.filter((_, one) => one !== at))}
              />
            ))}
          </ol>
        )}
        <p role="status" className="sr-only">
          {moved}
        </p>
        {isConflict && (
          <Conflict
            current={saved.acls}
            saving={set.isPending}
            onSaveMine={() => save(saved.etag)}
            onUseCurrent={discard}
          />
        )}
        {set.error && !isConflict && (
          <Alert tone="danger" title="The ACLs were not saved.">
            {refusalWords(set.error, refusals)}
          </Alert>
        )}
        {draft && !isConflict && (
          <div className="flex flex-wrap items-center justify-end gap-2">
            <p className="mr-auto text-muted">Not saved yet.</p>
            <Button onClick={discard}>Discard</Button>
            <Button variant="primary" loading={set.isPending} onClick={() => save(draft.etag)}>
              Save ACLs
            </Button>
          </div>
        )}
      </div>
      {editing !== null && (
        <AclDialog
          protocol={frontend.backend.forward_protocol}
          acl={edited}
          refusal={refusalAt(refusals, editing)}
          onClose={() => setEditing(null)}
          onDone={(done) => {
            const acls = shown.acls.map((one, at) => (at === editing ? done : one))
            change(editing === 'new' ? [...acls, { ...done, index: lastIndex(acls) + 1 }] : acls)
            setEditing(null)
          }}
        />
      )}
    </Card>
  )
}

function refusalAt(refused: Refused | null, at: number | 'new'): AclRefusal {
  return (typeof at === 'number' && refused?.each.get(at)) || NO_REFUSAL
}

/** The error below the list. Errors of a single ACL are shown at that ACL. */
function refusalWords(error: Error, refused: Refused | null): string {
  if (!refused || refused.each.size === 0) return errorMessage(error)
  return ['Correct the marked ACLs.', ...refused.rest].join(' ')
}

const lastIndex = (acls: readonly AclSpec[]) => Math.max(0, ...acls.map(({ index }) => index))

function AclItem(props: {
  acl: AclSpec
  at: number
  count: number
  refusal: AclRefusal
  onMove: (by: -1 | 1) => void
  onEdit: () => void
  onDelete: () => void
}) {
  const { acl, at, count, refusal, onMove, onEdit, onDelete } = props
  const button = { variant: 'ghost', size: 'icon' } as const
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
      <span aria-hidden className="w-5 text-right text-muted tabular-nums">
        {at + 1}
      </span>
      <div className="grid min-w-0 flex-1 basis-48">
        <span className="wrap-anywhere">{aclWords(acl)}</span>
        <span className="text-[0.8125rem]/5 wrap-anywhere text-muted">
          {acl.name}
          {acl.description && ` · ${acl.description}`}
        </span>
        {Object.entries(refusal).map(([input, message]) => (
          <span key={input} className="text-[0.8125rem]/5 wrap-anywhere text-danger">
            {message}
          </span>
        ))}
      </div>
      <span className="ml-auto flex">
        <Button
          {...button}
          aria-label={`Move ${acl.name} up`}
          disabledReason={at === 0 ? 'It is the first.' : undefined}
          onClick={() => onMove(-1)}
        >
          <ArrowUp aria-hidden className="size-4" />
        </Button>
        <Button
          {...button}
          aria-label={`Move ${acl.name} down`}
          disabledReason={at === count - 1 ? 'It is the last.' : undefined}
          onClick={() => onMove(1)}
        >
          <ArrowDown aria-hidden className="size-4" />
        </Button>
        <Button {...button} aria-label={`Edit ACL ${acl.name}`} onClick={onEdit}>
          <Pencil aria-hidden className="size-4" />
        </Button>
        <Button {...button} aria-label={`Remove ACL ${acl.name}`} onClick={onDelete}>
          <Trash2 aria-hidden className="size-4" />
        </Button>
      </span>
    </li>
  )
}

function Conflict(props: {
  current: readonly AclSpec[]
  saving: boolean
  onSaveMine: () => void
  onUseCurrent: () => void
}) {
  const { current, saving, onSaveMine, onUseCurrent } = props
  return (
    <Alert tone="warn" title="Somebody else has changed these ACLs meanwhile.">
      <p>Current:</p>
      <ol className="list-decimal pl-5">
        {current.map((acl) => (
          <li key={acl.name}>{aclWords(acl)}</li>
        ))}
      </ol>
      {current.length === 0 && <p>None.</p>}
      <div className="flex flex-wrap gap-2 pt-3">
        <Button variant="primary" size="small" loading={saving} onClick={onSaveMine}>
          Save mine
        </Button>
        <Button size="small" onClick={onUseCurrent}>
          Use current
        </Button>
      </div>
    </Alert>
  )
}
