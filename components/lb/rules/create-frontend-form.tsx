'use client'
import { useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { toast } from 'sonner'
import { useApiForm } from '#components/form/use-api-form.ts'
import { Alert } from '#components/ui/alert.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import { useChangeRules } from '#lib/client/rule-mutations.ts'
import { recordSave } from '#lib/client/rule-save.ts'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { backendChoices } from '../form/backend-choices.ts'
import { FrontendRuleFields } from '../form/frontend-rule-fields.tsx'
import { CREATE_FRONTEND_FORM, switchedBackends } from '../form/rule-requests.ts'
import { newFrontend, singleFrontend } from '../form/rule-values.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useBackends, useFrontends, useOverview } from '../use-lb.ts'
import { RuleFormPage } from './rule-form-page.tsx'

/** Creates a frontend rule in front of an existing backend. */
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
  const choices = backendChoices(backends, frontends, null)
  const create = useChangeRules(lb, {
    onSuccess: ({ new_frontends: created, generation }) => {
      const { id = '', name } = created[0] ?? {}
      recordSave(client, lb.id, { ruleId: id, verb: 'Created', generation })
      toast.success(`Frontend rule ${name} is created.`)
      router.push(consolePath.frontend(lb.id, id))
    },
  })
  const form = useApiForm(
    { frontends: [newFrontend(frontends, choices[0])], backends: [] },
    CREATE_FRONTEND_FORM,
  )
  return (
    <RuleFormPage
      lb={lb}
      title="Create a frontend rule"
      parent={{ label: 'Frontend rules', href: consolePath.frontends(lb.id) }}
      form={form}
      draftName={`create-frontend:${lb.id}`}
      onSubmit={(body, values) =>
        create.mutateAsync({
          ...body,
          backends: switchedBackends(singleFrontend(values), backends),
        })
      }
      submitError={create.error}
      loading={create.isPending}
      done={create.isSuccess}
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
