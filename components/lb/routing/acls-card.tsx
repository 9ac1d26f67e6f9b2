'use client'
import { useQuery } from '@tanstack/react-query'
import { ArrowDown, ArrowUp, Pencil, Plus, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { toast } from 'sonner'
import { LeaveGuard } from '#components/form/leave-guard.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { type ApiError, isVersionConflict } from '#lib/client/api-error.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import { useSetAcls } from '#lib/client/rule-mutations.ts'
import { frontendAcls } from '#lib/client/rule-queries.ts'
import type { AclSpec } from '#lib/core/acl.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { aclText } from './acl-text.ts'
import { type AclErrors, aclErrorMessages, aclErrors, specOf, withIndexes } from './acl-values.ts'

const AclDialog = dynamic(() => import('./acl-dialog.tsx').then((module) => module.AclDialog))

/** The edited list. */
type Draft = {
  acls: AclSpec[]
  /** The entity tag of the list that it was made from. */
  etag: string
  /** Whether the order has changed, so that the ACLs need new indexes. */
  reordered: boolean
}

/** A list that the API rejected, and why. */
type Rejected = { acls: readonly AclSpec[]; errors: AclErrors }

/** A frontend's ACLs in the order in which they are evaluated. The list is saved as a whole. */
export function AclsCard({ lb, frontend }: { lb: Lb; frontend: Frontend }) {
  const query = useQuery({
    ...frontendAcls(lb, frontend.id),
    refetchInterval: () => pollInterval(5000),
  })
  const set = useSetAcls(lb, frontend.id)
  const [draft, setDraft] = useState<Draft | null>(null)
  const [editing, setEditing] = useState<number | 'new' | null>(null)
  const [moved, setMoved] = useState('')
  const [rejected, setRejected] = useState<Rejected | null>(null)
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
  const isConflict = isVersionConflict(set.error)
  const save = (etag: string) =>
    set.mutate(
      { acls: shown.reordered ? withIndexes(shown.acls) : shown.acls, etag },
      {
        onSuccess: () => {
          setDraft(null)
          toast.success('The ACLs are saved.')
        },
        onError: (error) => {
          setRejected({ acls: shown.acls, errors: aclErrors(error) })
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
  // The errors refer to positions, so a change of the list discards them.
  const errors = rejected?.acls === shown.acls ? rejected.errors : null
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
                // A draft may have two ACLs with one name until it is saved.
                key={`${acl.name} ${shown.acls.slice(0, at).filter(({ name }) => name === acl.name).length}`}
                acl={acl}
                at={at}
                count={shown.acls.length}
                error={errors?.each.get(at)}
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
            {rejectionMessage(set.error, errors)}
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
          submitError={(typeof editing === 'number' && errors?.each.get(editing)) || null}
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

/** The message below the list. Errors of a single ACL are shown at that ACL. */
function rejectionMessage(error: Error, errors: AclErrors | null): string {
  if (!errors || errors.each.size === 0) return errorMessage(error)
  return ['Correct the marked ACLs.', ...errors.rest].join(' ')
}

const lastIndex = (acls: readonly AclSpec[]) => Math.max(0, ...acls.map(({ index }) => index))

function AclItem(props: {
  acl: AclSpec
  at: number
  count: number
  error: ApiError | undefined
  onMove: (by: -1 | 1) => void
  onEdit: () => void
  onDelete: () => void
}) {
  const { acl, at, count, error, onMove, onEdit, onDelete } = props
  const button = { variant: 'ghost', size: 'icon' } as const
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
      <span aria-hidden className="w-5 text-right text-muted tabular-nums">
        {at + 1}
      </span>
      <div className="grid min-w-0 flex-1 basis-48">
        <span className="wrap-anywhere">{aclText(acl)}</span>
        <span className="text-[0.8125rem]/5 wrap-anywhere text-muted">
          {acl.name}
          {acl.description && ` · ${acl.description}`}
        </span>
        {aclErrorMessages(acl, error).map((message) => (
          <span key={message} className="text-[0.8125rem]/5 wrap-anywhere text-danger">
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
          <li key={acl.name}>{aclText(acl)}</li>
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
