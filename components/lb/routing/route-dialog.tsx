'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useWatch } from 'react-hook-form'
import { toast } from 'sonner'
import type * as z from 'zod'
import { ChoiceField } from '#components/form/choice-field.tsx'
import { DialogForm } from '#components/form/dialog-form.tsx'
import { useFormSubmit } from '#components/form/form-shell.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { useField } from '#components/form/use-field.ts'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { isNotFound, isVersionConflict } from '#lib/client/api-error.ts'
import { browserQuery } from '#lib/client/api-query.ts'
import { useCreateRoute, useUpdateRoute } from '#lib/client/rule-mutations.ts'
import { lbRoutes } from '#lib/client/rule-queries.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import type { Route, UpdateRoute } from '#lib/core/route.ts'
import { KIND_TEXTS, kindsOf, routeText } from './route-text.ts'
import { type RouteValues, routeForm, routeValues } from './route-values.ts'

type Props = {
  lb: Lb
  frontend: Frontend
  backends: readonly Backend[]
  /** The route to edit; null for a new one. */
  route: Route | null
  onClose: () => void
}

/** Another user has changed the route or deleted it. */
type Conflict = {
  /** The other user's version; null if the route was deleted. */
  current: Route | null
}

/** The initial values of a new route. Its backend is not the frontend's own, if there is another one. */
export function newRoute(frontend: Frontend, compatible: readonly Backend[]): RouteValues {
  const { id, forward_protocol: protocol } = frontend.backend
  return {
    kind: kindsOf(protocol)[0] ?? 'host_header',
    value: '',
    subdomains: false,
    backend: compatible.find((one) => one.id !== id)?.id ?? id,
  }
}

/** Creates or edits a route. */
export function RouteDialog({ lb, frontend, backends, route, onClose }: Props) {
  const client = useQueryClient()
  const protocol = frontend.backend.forward_protocol
  const compatible = backends.filter((backend) => backend.forward_protocol === protocol)
  const create = useCreateRoute(lb)
  const update = useUpdateRoute(lb)
  const base = useRef(route)
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const fetchCurrent = async () => {
    const all = await client.fetchQuery({ ...browserQuery(lbRoutes(lb)), staleTime: 0 })
    return all.find(({ id }) => id === base.current?.id) ?? null
  }
  const save = useMutation({
    mutationFn: async (body: z.input<typeof UpdateRoute>): Promise<Conflict | null> => {
      try {
        if (base.current) await update.mutateAsync({ base: base.current, body })
        else await create.mutateAsync({ frontend_id: frontend.id, ...body })
        return null
      } catch (error) {
        if (!isVersionConflict(error) && !isNotFound(error)) throw error
        return { current: await fetchCurrent() }
      }
    },
    onSuccess: (found) => {
      setConflict(found)
      if (found) return
      toast.success(base.current ? 'The route is saved.' : 'The route is created.')
      onClose()
    },
  })
  const [request] = useState(() => routeForm(() => base.current))
  const form = useApiForm(route ? routeValues(route) : newRoute(frontend, compatible), request)
  const resolve = (current: Route | null) => {
    base.current = current
    setConflict(null)
  }
  return (
    <DialogForm
      form={form}
      title={route ? 'Edit route' : 'Add route'}
      description={`Traffic of ${frontend.name} that matches goes to the backend you choose.`}
      submitLabel={conflict ? null : route ? 'Save' : 'Add route'}
      onSubmit={(body) => save.mutateAsync(body)}
      submitError={save.error}
      errorTitle="The route was not saved."
      loading={save.isPending}
      onClose={onClose}
    >
      <RouteFields protocol={protocol} backends={compatible} />
      {conflict && (
        <ConflictAlert
          conflict={conflict}
          backends={backends}
          saving={save.isPending}
          onKeepMine={() => resolve(conflict.current)}
          onUseCurrent={(current) => {
            resolve(current)
            form.reset(routeValues(current))
          }}
        />
      )}
    </DialogForm>
  )
}

/** The inputs of a route. @param backends the backends with the frontend's protocol */
export function RouteFields(props: { protocol: Protocol; backends: readonly Backend[] }) {
  const { protocol, backends } = props
  const kinds = kindsOf(protocol)
  const kind = useWatch<RouteValues, 'kind'>({ name: 'kind' })
  const subdomains = useField<RouteValues>('subdomains')
  return (
    <>
      {kinds.length > 1 && (
        <ChoiceField<RouteValues>
          name="kind"
          legend="What the route is for"
          options={kinds.map((one) => ({ value: one, label: KIND_TEXTS[one].option }))}
        />
      )}
      <TextField
        label={kind === 'path_begin' ? 'Path begins with' : KIND_TEXTS[kind].label}
        hint={KIND_TEXTS[kind].hint}
        monospace
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        {...useField<RouteValues>('value')}
      />
      {kind !== 'path_begin' && (
        <CheckboxField
          label="Names below it too"
          hint="With www.example.com also a.www.example.com"
          {...subdomains}
        />
      )}
      <SelectField
        label="Backend"
        options={backends.map(({ id, name }) => ({ value: id, label: name }))}
        {...useField<RouteValues>('backend')}
      />
    </>
  )
}

function ConflictAlert(props: {
  conflict: Conflict
  backends: readonly Backend[]
  saving: boolean
  onKeepMine: () => void
  onUseCurrent: (current: Route) => void
}) {
  const { conflict, backends, saving, onKeepMine, onUseCurrent } = props
  const submit = useFormSubmit()
  const { current } = conflict
  const title = current
    ? 'Somebody else has changed this route meanwhile.'
    : 'Somebody else has deleted this route meanwhile.'
  const saveMine = () => {
    onKeepMine()
    void submit()
  }
  return (
    <Alert tone="warn" title={title}>
      {current && (
        <p>
          Current: {routeText(current)}, to{' '}
          {backends.find(({ id }) => id === current.backend_id)?.name ?? current.backend_id}
        </p>
      )}
      <div className="flex flex-wrap gap-2 pt-3">
        <Button variant="primary" size="small" loading={saving} onClick={saveMine}>
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
