'use client'
import { Alert } from '#components/ui/alert.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import { useNodes } from './lost-nodes.tsx'
import { waitedText } from './waited-text.ts'

/** The lost hosts of a load balancer's instances: since when, and how long its clients waited. */
export function LostInstances({ observed }: { observed: ObservedLb }) {
  const nodes = useNodes().data?.nodes
  return observed.instances.map((instance) => {
    const node = nodes?.find(({ name }) => name === instance.node)
    if (!node?.outage || instance.connected) return null
    const { host, draining, outage } = node
    return (
      <Alert
        key={instance.cluster}
        tone={draining ? 'warn' : 'danger'}
        title={`Host ${host} is ${draining ? 'not connected' : 'lost'}`}
        action={
          <ButtonLink size="small" href={consolePath.nodes()}>
            Go to Nodes
          </ButtonLink>
        }
      >
        The control plane has not heard of the {instance.role} instance's node {node.name} since{' '}
        <ClockTime at={outage.since} seconds />. {waitedText(observed, instance, outage.since)}
      </Alert>
    )
  })
}
