import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { Definition, DefinitionList } from '#components/ui/definition-list.tsx'
import { RelativeTime } from '#components/ui/relative-time.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import type { Lb } from '#lib/core/lb.ts'
import type { ObservedInstance, ObservedLb } from '#lib/core/observed.ts'
import { INSTANCE_NAMES } from '../instance-names.ts'

function InstanceState({ connected, active }: ObservedInstance) {
  if (!connected) return <StatusBadge tone="danger">Not running</StatusBadge>
  if (active) return <StatusBadge tone="ok">Active</StatusBadge>
  return <StatusBadge tone="neutral">Standby</StatusBadge>
}

function Applied({ instance, wanted }: { instance: ObservedInstance; wanted: number }) {
  const { applied_generation: applied } = instance
  if (applied === null) return 'None yet'
  return applied === wanted ? `${applied}, the newest` : `${applied} of ${wanted}`
}

function InstanceCard({
  instance,
  wanted,
  address,
}: {
  instance: ObservedInstance
  wanted: number
  address: string | undefined
}) {
  const { cluster, role, connected, active_since: since } = instance
  return (
    <Card title={`${INSTANCE_NAMES[role]} instance`} actions={<InstanceState {...instance} />}>
      <DefinitionList>
        <Definition term="Cluster">{cluster}</Definition>
        {address && (
          <Definition term="Address">
            <Code>{address}</Code>
          </Definition>
        )}
        <Definition term="Control plane">{connected ? 'Connected' : 'Not connected'}</Definition>
        <Definition term="Generation applied">
          <Applied instance={instance} wanted={wanted} />
        </Definition>
        <Definition term="Active">
          {instance.active && since ? <RelativeTime at={since} suffix="" /> : 'No'}
        </Definition>
      </DefinitionList>
    </Card>
  )
}

/** Master and backup: which of them has the traffic, since when, and whether both follow. */
export function InstanceCards({ lb, observed }: { lb: Lb; observed: ObservedLb | undefined }) {
  if (!observed) return null
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      {observed.instances.map((instance) => (
        <InstanceCard
          key={instance.cluster}
          instance={instance}
          wanted={observed.generation}
          address={lb.instances.find(({ cluster }) => cluster === instance.cluster)?.ip_address}
        />
      ))}
    </div>
  )
}
