'use client'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { FormProvider, useWatch } from 'react-hook-form'
import { toast } from 'sonner'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { allIps } from '#lib/client/ip-queries.ts'
import { useCreateLb } from '#lib/client/lb-mutations.ts'
import type { DemoServers } from './backend-rule-fields.tsx'
import { BackendRules } from './backend-rules.tsx'
import { lateProblems } from './form-problems.ts'
import { FormStep } from './form-step.tsx'
import { type LbValues, newLb } from './form-values.ts'
import { FrontendRules } from './frontend-rules.tsx'
import { IdentityFields } from './identity-fields.tsx'
import { IpField } from './ip-field.tsx'
import { LbSummary } from './lb-summary.tsx'
import { LeaveGuard } from './leave-guard.tsx'
import { RegionField } from './region-field.tsx'
import { lbRequest } from './requests.ts'
import { SubmitError } from './submit-error.tsx'
import { useCheckedForm } from './use-checked-form.ts'
import { useFormDraft } from './use-form-draft.ts'

const loadSchema = async () => (await import('#lib/core/create-lb.ts')).CreateLb
const CHECK = (values: LbValues) => lateProblems(loadSchema, lbRequest(values))

type Props = {
  /** The port that the first frontend rule starts with. */
  frontendPort: string
  /** Web servers to try it with, where the console was started with them. */
  demo: DemoServers | null
}

/** All of a load balancer on one page. It is created whole or not at all, and until then nothing typed is lost. */
export function CreateLbForm({ frontendPort, demo }: Props) {
  const router = useRouter()
  const create = useCreateLb()
  const form = useCheckedForm<LbValues>({
    defaultValues: newLb(frontendPort),
    check: CHECK,
    send: async (values) => {
      const request = { region: values.region, body: lbRequest(values) }
      const { id, name } = await create.mutateAsync(request)
      draft.discard()
      toast.success(`Load balancer ${name} is created.`)
      router.push(consolePath.loadBalancer(id))
    },
  })
  const draft = useFormDraft('create-load-balancer', form)
  const startOver = () => {
    form.reset(newLb(frontendPort))
    draft.discard()
  }
  const { isDirty, isSubmitting } = form.formState
  const done = create.isSuccess
  return (
    <FormProvider {...form}>
      <LeaveGuard
        dirty={isDirty && !done}
        question="Leave without creating?"
        onDiscard={startOver}
      />
      <form
        method="post"
        noValidate
        onSubmit={form.submit}
        className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]"
      >
        <div className="grid gap-5">
          {draft.restored && (
            <Alert
              title="What you typed before is back."
              action={
                <Button size="small" onClick={startOver}>
                  Start over
                </Button>
              }
            />
          )}
          <Steps demo={demo} />
          <SubmitError title="The load balancer was not created. Nothing was left behind." />
          <div className="flex flex-wrap gap-2">
            <Button type="submit" variant="primary" loading={isSubmitting || done}>
              Create a Load Balancer
            </Button>
            <ButtonLink href={consolePath.loadBalancers()}>Cancel</ButtonLink>
          </div>
        </div>
        <LbSummary />
      </form>
    </FormProvider>
  )
}

function Steps({ demo }: { demo: DemoServers | null }) {
  const region = useWatch<LbValues, 'region'>({ name: 'region' })
  const { data: ips = [] } = useQuery(browserQuery(allIps()))
  const conserved = ips.filter((ip) => ip.lb_id === null && ip.region === region)
  return (
    <>
      <FormStep number={1} title="Identity">
        <IdentityFields />
      </FormStep>
      <FormStep number={2} title="Region">
        <RegionField />
      </FormStep>
      <FormStep
        number={3}
        title="IP address"
        description="The highly available address that clients use: IPv4, one for each load balancer. It moves to the backup when the master fails."
      >
        <IpField conserved={conserved} />
      </FormStep>
      <FormStep
        number={4}
        title="Frontend rules"
        description="Where clients connect: a port of the address, and the backend behind it."
      >
        <FrontendRules />
      </FormStep>
      <FormStep
        number={5}
        title="Backend rules"
        description="Where the traffic goes: servers that take turns, and how their health is checked."
      >
        <BackendRules demo={demo} />
      </FormStep>
    </>
  )
}
