'use client'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import { useDeleteRoute } from '#lib/client/rule-mutations.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Route } from '#lib/core/route.ts'
import { inMatchingOrder, routeText } from './route-text.ts'

const RouteDialog = dynamic(() => import('./route-dialog.tsx').then((module) => module.RouteDialog))

type Props = { lb: Lb; frontend: Frontend; backends: readonly Backend[]; routes: readonly Route[] }

/** A frontend's routes. */
export function RoutesCard({ lb, frontend, backends, routes }: Props) {
  const [editing, setEditing] = useState<Route | 'new' | null>(null)
  const [deleting, setDeleting] = useState<Route | null>(null)
  const backendLink = (id: string) => (
    <Link href={consolePath.backend(lb.id, id)} className="text-accent hover:underline">
      {backends.find((one) => one.id === id)?.name ?? id}
    </Link>
  )
  return (
    <Card
      id="routes"
      title="Routes"
      description="The first that matches decides, names before paths and the longest first."
      actions={
        <Button size="small" onClick={() => setEditing('new')}>
          <Plus aria-hidden className="size-3.5" />
          Add route
        </Button>
      }
    >
      <ol aria-label="Routes" className="divide-y divide-border border-y border-border">
        {inMatchingOrder(routes).map((route) => (
          <li key={route.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
            <span className="min-w-0 flex-1 basis-48 wrap-anywhere">{routeText(route)}</span>
            <span className="text-muted">to {backendLink(route.backend_id)}</span>
            <span className="ml-auto flex">
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Edit route ${routeText(route)}`}
                onClick={() => setEditing(route)}
              >
                <Pencil aria-hidden className="size-4" />
              </Button>
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Delete route ${routeText(route)}`}
                onClick={() => setDeleting(route)}
              >
                <Trash2 aria-hidden className="size-4" />
              </Button>
            </span>
          </li>
        ))}
        <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
          <span className="flex-1 basis-48">
            {routes.length === 0 ? 'All traffic' : 'Everything else'}
          </span>
          <span className="text-muted sm:mr-20">to {backendLink(frontend.backend.id)}</span>
        </li>
      </ol>
      {editing && (
        <RouteDialog
          {...{ lb, frontend, backends }}
          route={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting && <DeleteRoute lb={lb} route={deleting} onClose={() => setDeleting(null)} />}
    </Card>
  )
}

function DeleteRoute({ lb, route, onClose }: { lb: Lb; route: Route; onClose: () => void }) {
  const remove = useDeleteRoute(lb, {
    onSuccess: () => {
      toast.success('The route is deleted.')
      onClose()
    },
  })
  return (
    <ConfirmAction
      title="Delete this route?"
      description={`${routeText(route)}: its traffic then goes where the next route that matches leads, or to the frontend's own backend.`}
      confirmLabel="Delete route"
      loading={remove.isPending}
      submitError={remove.error}
      onConfirm={() => remove.mutate(route)}
      onClose={onClose}
    />
  )
}
