import type { Metadata } from 'next'
import Link from 'next/link'
import { CreateLbForm } from '#components/lb/form/create-lb-form.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { consoleSettings } from '#lib/bff/settings.ts'
import { consolePath } from '#lib/client/console-path.ts'
import { allIps } from '#lib/client/ip-queries.ts'
import { Prefetched } from '../../prefetched.tsx'

export const metadata: Metadata = { title: 'Create a Load Balancer' }

const DEMO_PORT = 8080

/** The web servers of `npm start -- --demo`; null without it. */
function demoServers() {
  const addresses = consoleSettings().demoServers
  return addresses.length > 0 ? { addresses, port: DEMO_PORT } : null
}

/** Port 80 if this installation may listen on it, or else an unprivileged port. */
function frontendPort(): string {
  return process.getuid?.() === 0 ? '80' : '8080'
}

export default function CreateLoadBalancerPage() {
  return (
    <Prefetched queries={[allIps()]}>
      <div className="grid gap-6">
        <PageHeader
          parent={<Link href={consolePath.loadBalancers()}>Load Balancer</Link>}
          title="Create a Load Balancer"
        />
        <CreateLbForm demo={demoServers()} frontendPort={frontendPort()} />
      </div>
    </Prefetched>
  )
}
