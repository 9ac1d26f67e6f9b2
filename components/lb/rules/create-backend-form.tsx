'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { toast } from 'sonner'
import { consolePath } from '#lib/client/console-path.ts'
import { useCreateBackend } from '#lib/client/rule-mutations.ts'
import { recordSave } from '#lib/client/rule-save.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { BackendRuleFields } from '../form/backend-rule-fields.tsx'
import { newBackend } from '../form/backend-values.ts'
import { lateProblems } from '../form/form-problems.ts'
import type { RulesValues } from '../form/form-values.ts'
import { backendRequest } from '../form/requests.ts'
import { TestServers } from '../form/test-servers.tsx'
import { useCheckedForm } from '../form/use-checked-form.ts'
import { useFormDraft } from '../form/use-form-draft.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useOverview } from '../use-lb.ts'
import { onlyBackend } from './only-rule.ts'
import { RuleFormPage } from './rule-form-page.tsx'

const PREFIX = 'backends.0.'
const loadSchema = async () => (await import('#lib/core/backend.ts')).EffectiveBackend
const CHECK = (values: RulesValues) =>
  lateProblems(loadSchema, backendRequest(onlyBackend(values)), PREFIX)

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
  const create = useCreateBackend(lb)
  const form = useCheckedForm<RulesValues>({
    defaultValues: { frontends: [], backends: [newBackend(backends)] },
    check: CHECK,
    prefix: PREFIX,
    send: async (values) => {
      const created = await create.mutateAsync(backendRequest(onlyBackend(values)))
      draft.discard()
      recordSave(client, lb.id, { ruleId: created.id, verb: 'Created', generation: null })
      toast.success(`Backend rule ${created.name} is created.`)
      router.push(consolePath.backend(lb.id, created.id))
    },
  })
  const draft = useFormDraft(`create-backend:${lb.id}`, form)
  return (
    <RuleFormPage
      lb={lb}
      title="Create a backend rule"
      form={form}
      draft={draft}
      done={create.isSuccess}
      back={{ label: 'Backend rules', href: consolePath.backends(lb.id) }}
    >
      <BackendRuleFields
        index={0}
        demo={null}
        test={<TestServers index={0} region={lb.region} />}
      />
    </RuleFormPage>
  )
}
