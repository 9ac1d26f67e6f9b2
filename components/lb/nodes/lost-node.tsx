import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { Code } from '#components/ui/code.tsx'
import type { NodeStatus } from '#lib/core/node.ts'
import { outageText } from './outage-text.ts'

/** A node whose host is lost: since when, how long clients waited, and what is unprotected now. */
export function LostNode({ node, action }: { node: NodeStatus; action?: ReactNode }) {
  const { name, host, address, draining, outage } = node
  if (!outage) return null
  return (
    <Alert
      tone={draining ? 'warn' : 'danger'}
      title={draining ? `Host ${host} is not connected` : `Host ${host} is lost`}
      action={action}
    >
      The control plane has not heard of node {name}
      {address && (
        <>
          {' '}
          (<Code>{address}</Code>)
        </>
      )}{' '}
      since <ClockTime at={outage.since} seconds />. {outageText(outage)}
    </Alert>
  )
}
