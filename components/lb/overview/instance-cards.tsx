'use client'
import Link from 'next/link'
import { Card } from '#components/ui/card.tsx'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { Code } from '#components/ui/code.tsx'
import { Definition, DefinitionList } from '#components/ui/definition-list.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { consolePath } from '#lib/client/console-path.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { NodeStatus } from '#lib/core/node.ts'
import type { ObservedInstance, ObservedLb } from '#lib/core/observed.ts'
import { activeReason } from '../failover/failover-text.ts'
import { INSTANCE_NAMES } from '../instance-names.ts'
import { instanceState, servesNothing } from '../instance-state.ts'
import { useNodes } from '../nodes/lost-nodes.tsx'

function InstanceState({ instance }: { instance: ObservedInstance }) {
  const { tone, label } = instanceState(instance)
  return <StatusBadge tone={tone}>{label}</StatusBadge>
}

function Applied({ instance, current }: { instance: ObservedInstance; current: number }) {
  const { applied_generation: applied } = instance
  if (applied === null) return servesNothing(instance) ? 'None' : 'None yet'
  return applied === current ? `${applied}, the newest` : `${applied} of ${current}`
}

function ActiveSince({ instance, observed, lb }: Omit<CardProps, 'node'>) {
  const { active, active_since: since } = instance
  if (servesNothing(instance)) return 'No, quarantined'
  if (!active || since === null) return active ? 'Yes' : 'No, it stands by'
  const reason = activeReason(instance, observed, lb.created_at ?? since)
  return (
    <>
      Since <ClockTime at={since} />
      {reason && `, ${reason}`}
    </>
  )
}

function Processes({ workers: { connected, total } }: NodeStatus) {
  if (total === 1) return connected === 1 ? 'One, running' : 'None running'
  return `${connected} of ${total} running`
}

type CardProps = {
  instance: ObservedInstance
  observed: ObservedLb
  lb: Lb
  node: NodeStatus | undefined
}

function InstanceCard({ node, ...props }: CardProps) {
  const { cluster, role, connected, quarantine } = props.instance
  const address = props.lb.instances.find((one) => one.cluster === cluster)?.ip_address
  return (
    <Card
      title={`${INSTANCE_NAMES[role]} instance`}
      actions={<InstanceState instance={props.instance} />}
    >
      <DefinitionList>
        <Definition term="Active">
          <ActiveSince {...props} />
        </Definition>
        <Definition term="Cluster">{cluster}</Definition>
        {address && (
          <Definition term="Address">
            <Code>{address}</Code>
          </Definition>
        )}
        {node && (
          <Definition term="Node">
            <Link href={consolePath.nodes()} className="text-accent underline">
              {node.name}
            </Link>{' '}
            <span className="text-muted">on {node.host}</span>
          </Definition>
        )}
        {node && (
          <Definition term="Worker processes">
            <Processes {...node} />
          </Definition>
        )}
        <Definition term="Control plane">{connected ? 'Connected' : 'Not connected'}</Definition>
        <Definition term="Generation applied">
          <Applied instance={props.instance} current={props.observed.generation} />
        </Definition>
        {quarantine && (
          <Definition term="Quarantined">
            Generation {quarantine.generation}, since <ClockTime at={quarantine.since} />
          </Definition>
        )}
      </DefinitionList>
    </Card>
  )
}

/** The master and backup instance: which is active, since when and why, and which generation each has applied. */
export function InstanceCards({ lb, observed }: { lb: Lb; observed: ObservedLb }) {
  const nodes = useNodes().data?.nodes
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      {observed.instances.map((instance) => (
        <InstanceCard
          key={instance.cluster}
          {...{ instance, observed, lb }}
          node={nodes?.find(({ name }) => name === instance.node)}
        />
      ))}
    </div>
  )
}
