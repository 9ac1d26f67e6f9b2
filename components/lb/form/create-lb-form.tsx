'use client'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useWatch } from 'react-hook-form'
import { toast } from 'sonner'
import { PageForm } from '#components/form/page-form.tsx'
import { useApiForm } from '#components/form/use-api-form.ts'
import { browserQuery } from '#lib/client/api-query.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { allIps } from '#lib/client/ip-queries.ts'
import { useCreateLb } from '#lib/client/lb-mutations.ts'
import type { DemoServers } from './backend-rule-fields.tsx'
import { FormStep } from './form-step.tsx'
import { IdentityFields, IpField, RegionField } from './lb-fields.tsx'
import { LbSummary } from './lb-summary.tsx'
import { CREATE_LB_FORM, type LbValues, newLb } from './lb-values.ts'
import { BackendRules, FrontendRules } from './rule-lists.tsx'

type Props = {
  /** The port of the first frontend rule. */
  frontendPort: string
  /** Web servers for a demonstration, where the console was started with them. */
  demo: DemoServers | null
}

/** Creates a load balancer with its rules, all or nothing. */
export function CreateLbForm({ frontendPort, demo }: Props) {
  const router = useRouter()
  const create = useCreateLb({
    onSuccess: ({ id, name }) => {
      toast.success(`Load balancer ${name} is created.`)
      router.push(consolePath.loadBalancer(id))
    },
  })
  const form = useApiForm(newLb(frontendPort), CREATE_LB_FORM)
  return (
    <PageForm
      form={form}
      submitLabel="Create a Load Balancer"
      cancelHref={consolePath.loadBalancers()}
      draftName="create-load-balancer"
      onSubmit={(body, { region }) => create.mutateAsync({ region, body })}
      submitError={create.error}
      errorTitle="The load balancer was not created. Nothing was left behind."
      loading={create.isPending}
      done={create.isSuccess}
      aside={<LbSummary />}
    >
      <Steps demo={demo} />
    </PageForm>
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
