'use client'
import { useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import { useChangeRules } from '#lib/client/rule-mutations.ts'
import { recordSave } from '#lib/client/rule-save.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { backendChoices } from '../form/backend-choices.ts'
import { lateProblems } from '../form/form-problems.ts'
import type { RulesValues } from '../form/form-values.ts'
import { FrontendRuleFields } from '../form/frontend-rule-fields.tsx'
import { newFrontend } from '../form/frontend-values.ts'
import { frontendRequest, switchedBackends } from '../form/requests.ts'
import { useCheckedForm } from '../form/use-checked-form.ts'
import { useFormDraft } from '../form/use-form-draft.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useFrontends, useOverview } from '../use-lb.ts'
import { onlyFrontend } from './only-rule.ts'
import { RuleFormPage } from './rule-form-page.tsx'

const PREFIX = 'frontends.0.'
const loadSchema = async () => (await import('#lib/core/frontend.ts')).CreateFrontend
const CHECK = (values: RulesValues) =>
  lateProblems(loadSchema, frontendRequest(onlyFrontend(values)), PREFIX)

/** Creates a frontend rule in front of one of the backends that there are. */
export function CreateFrontendForm({ id }: { id: string }) {
  const overview = useOverview(id)
  return overview.data ? <Loaded lb={overview.data.lb} /> : <RefreshWarning query={overview} />
}

function Loaded({ lb }: { lb: Lb }) {
  const backends = useBackends(lb)
  const frontends = useFrontends(lb)
  if (!backends.data) return <RefreshWarning query={backends} />
  if (!frontends.data) return <RefreshWarning query={frontends} />
  return <FrontendForm lb={lb} backends={backends.data} frontends={frontends.data} />
}

type Props = { lb: Lb; backends: Backend[]; frontends: Frontend[] }

function FrontendForm({ lb, backends, frontends }: Props) {
  const router = useRouter()
  const client = useQueryClient()
  const change = useChangeRules(lb)
  const choices = backendChoices(backends, frontends, null)
  const form = useCheckedForm<RulesValues>({
    defaultValues: { frontends: [newFrontend(frontends, choices[0])], backends: [] },
    check: CHECK,
    send: async (values) => {
      const frontend = onlyFrontend(values)
      const { new_frontends: created, generation } = await change.mutateAsync({
        new_frontends: [frontendRequest(frontend)],
        backends: switchedBackends(frontend, backends),
      })
      const { id = '', name } = created[0] ?? {}
      draft.discard()
      recordSave(client, lb.id, { ruleId: id, verb: 'Created', generation })
      toast.success(`Frontend rule ${name} is created.`)
      router.push(consolePath.frontend(lb.id, id))
    },
  })
  const draft = useFormDraft(`create-frontend:${lb.id}`, form)
  return (
    <RuleFormPage
      lb={lb}
      title="Create a frontend rule"
      form={form}
      draft={draft}
      done={change.isSuccess}
      back={{ label: 'Frontend rules', href: consolePath.frontends(lb.id) }}
    >
      {backends.length === 0 && (
        <Alert title="There is no backend rule yet.">
          A frontend rule passes its traffic to one.{' '}
          <Link href={consolePath.createBackend(lb.id)} className="text-accent underline">
            Create a backend rule
          </Link>{' '}
          first.
        </Alert>
      )}
      <FrontendRuleFields index={0} choices={choices} />
    </RuleFormPage>
  )
}
