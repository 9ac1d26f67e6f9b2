'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { toast } from 'sonner'
import { useApiForm } from '#components/form/use-api-form.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { useCreateBackend } from '#lib/client/rule-mutations.ts'
import { recordSave } from '#lib/client/rule-save.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { BackendRuleFields } from '../form/backend-rule-fields.tsx'
import { CREATE_BACKEND_FORM } from '../form/rule-requests.ts'
import { newBackend } from '../form/rule-values.ts'
import { TestServers } from '../form/test-servers.tsx'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useOverview } from '../use-lb.ts'
import { RuleFormPage } from './rule-form-page.tsx'

/** Creates a backend rule. */
export function CreateBackendForm({ id }: { id: string }) {
  const overview = useOverview(id)
  return overview.data ? <Loaded lb={overview.data.lb} /> : <RefreshWarning query={overview} />
}

function Loaded({ lb }: { lb: Lb }) {
  const backends = useBackends(lb)
  if (!backends.data) return <RefreshWarning query={backends} />
  return <BackendForm lb={lb} backends={backends.data} />
}

function BackendForm({ lb, backends }: { lb: Lb; backends: Backend[] }) {
  const router = useRouter()
  const client = useQueryClient()
  const create = useCreateBackend(lb, {
    onSuccess: ({ id, name }) => {
      recordSave(client, lb.id, { ruleId: id, verb: 'Created', generation: null })
      toast.success(`Backend rule ${name} is created.`)
      router.push(consolePath.backend(lb.id, id))
    },
  })
  const form = useApiForm({ frontends: [], backends: [newBackend(backends)] }, CREATE_BACKEND_FORM)
  return (
    <RuleFormPage
      lb={lb}
      title="Create a backend rule"
      parent={{ label: 'Backend rules', href: consolePath.backends(lb.id) }}
      form={form}
      draftName={`create-backend:${lb.id}`}
      onSubmit={(body) => create.mutateAsync(body)}
      submitError={create.error}
      loading={create.isPending}
      done={create.isSuccess}
    >
      <BackendRuleFields
        index={0}
        demo={null}
        test={<TestServers index={0} region={lb.region} />}
      />
    </RuleFormPage>
  )
}
