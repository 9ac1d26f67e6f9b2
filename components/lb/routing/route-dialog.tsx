'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { FormDialog } from '#components/ui/form-dialog.tsx'
import { SegmentedControl } from '#components/ui/segmented-control.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { ApiError, isNotFound } from '#lib/client/api-error.ts'
import { browserQuery } from '#lib/client/api-query.ts'
import { useCreateRoute, useUpdateRoute } from '#lib/client/rule-mutations.ts'
import { lbRoutes } from '#lib/client/rule-queries.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Route } from '#lib/core/route.ts'
import { KIND_WORDS, kindsOf, routeWords } from './route-text.ts'
import {
  type RouteField,
  type RouteValues,
  routeChange,
  routeInput,
  routeProblems,
  routeRequest,
  routeValues,
} from './route-values.ts'
import { useProblems } from './use-problems.ts'

type Props = {
  lb: Lb
  frontend: Frontend
  backends: readonly Backend[]
  /** The route to change; null to create one. */
  route: Route | null
  onClose: () => void
}

/** What stands in the way of saving: another's change, or that it is gone. */
type Conflict = { current: Route | null }

/** Creates a route, or changes one. */
export function RouteDialog({ lb, frontend, backends, route, onClose }: Props) {
  const client = useQueryClient()
  const create = useCreateRoute(lb)
  const update = useUpdateRoute(lb)
  const kinds = kindsOf(frontend.backend.forward_protocol)
  const fitting = backends.filter(
    ({ forward_protocol: spoken }) => spoken === frontend.backend.forward_protocol,
  )
  const [known, setKnown] = useState(route)
  const [values, setValues] = useState<RouteValues>(() =>
    route
      ? routeValues(route)
      : {
          kind: kinds[0] ?? 'host_header',
          value: '',
          subdomains: false,
          backend: fitting.find(({ id }) => id !== frontend.backend.id)?.id ?? frontend.backend.id,
        },
  )
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const { form, problems, problem, pass, refuse } = useProblems<RouteValues, RouteField>(
    values,
    routeProblems,
  )
  const set = (change: Partial<RouteValues>) => setValues({ ...values, ...change })

  /** Says at its input what the server refuses, and finds out what it is now where somebody was faster. */
  const explain = async (error: unknown) => {
    const isMovedOn = error instanceof ApiError && error.status === 412
    if (isMovedOn || isNotFound(error)) {
      const all = await client.fetchQuery({ ...browserQuery(lbRoutes(lb)), staleTime: 0 })
      setConflict({ current: all.find(({ id }) => id === known?.id) ?? null })
      return
    }
    refuse(error, routeInput)
  }
  const save = async (version: Route | null) => {
    if (!pass()) return
    try {
      if (version) await update.mutateAsync({ base: version, body: routeChange(values, version) })
      else await create.mutateAsync({ frontend_id: frontend.id, ...routeRequest(values) })
      toast.success(version ? 'The route is saved.' : 'The route is created.')
      onClose()
    } catch (error) {
      await explain(error).catch((another) => refuse(another, routeInput))
    }
  }
  const takeCurrent = (current: Route) => {
    setKnown(current)
    setValues(routeValues(current))
    setConflict(null)
  }
  const verb = route ? 'Save' : 'Add route'
  const saving = create.isPending || update.isPending
  return (
    <FormDialog
      title={route ? 'Edit route' : 'Add route'}
      description={`Traffic of ${frontend.name} that matches goes to the backend you choose.`}
      submitLabel={conflict ? null : verb}
      loading={saving}
      onSubmit={() => void save(known)}
      onClose={onClose}
      formRef={form}
    >
      {kinds.length > 1 && (
        <SegmentedControl
          legend="What the route is for"
          options={kinds.map((kind) => ({ value: kind, label: KIND_WORDS[kind].offers }))}
          value={values.kind}
          onChange={(kind) => set({ kind })}
        />
      )}
      <TextField
        label={values.kind === 'path_begin' ? 'Path begins with' : KIND_WORDS[values.kind].label}
        hint={KIND_WORDS[values.kind].hint}
        error={problems.value}
        monospace
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        value={values.value}
        onChange={({ target }) => set({ value: target.value })}
      />
      {values.kind !== 'path_begin' && (
        <CheckboxField
          label="Names below it too"
          hint="With www.example.com also a.www.example.com"
          error={problems.subdomains}
          checked={values.subdomains}
          onChange={({ target }) => set({ subdomains: target.checked })}
        />
      )}
      <SelectField
        label="Backend"
        error={problems.backend}
        options={fitting.map(({ id, name }) => ({ value: id, label: name }))}
        value={values.backend}
        onChange={({ target }) => set({ backend: target.value })}
      />
      {conflict && (
        <ConflictAlert
          conflict={conflict}
          backends={backends}
          saving={saving}
          onSaveMine={() => void save(conflict.current)}
          onUseCurrent={takeCurrent}
        />
      )}
      {problem && (
        <Alert tone="danger" title="The route was not saved.">
          {problem}
        </Alert>
      )}
    </FormDialog>
  )
}

function ConflictAlert(props: {
  conflict: Conflict
  backends: readonly Backend[]
  saving: boolean
  onSaveMine: () => void
  onUseCurrent: (current: Route) => void
}) {
  const { conflict, backends, saving, onSaveMine, onUseCurrent } = props
  const { current } = conflict
  const title = current
    ? 'Somebody else has changed this route meanwhile.'
    : 'Somebody else has deleted this route meanwhile.'
  return (
    <Alert tone="warn" title={title}>
      {current && (
        <p>
          Current: {routeWords(current)}, to{' '}
          {backends.find(({ id }) => id === current.backend_id)?.name ?? current.backend_id}
        </p>
      )}
      <div className="flex flex-wrap gap-2 pt-3">
        <Button variant="primary" size="small" loading={saving} onClick={onSaveMine}>
          {current ? 'Save mine' : 'Create again'}
        </Button>
        {current && (
          <Button size="small" onClick={() => onUseCurrent(current)}>
            Use current
          </Button>
        )}
      </div>
    </Alert>
  )
}
