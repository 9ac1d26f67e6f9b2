'use client'
import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { useNow } from '#components/ui/use-now.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import type { Region } from '#lib/core/locality.ts'
import type { JoinTokenCreated, NewNode, NodeList, NodeStatus } from '#lib/core/node.ts'
import { timeLeftText } from './time-left-text.ts'

type Props = {
  node: NewNode
  token: JoinTokenCreated
  /** Kept up to date: the node is in it once it has joined. */
  list: NodeList
  renewal: { mutate: (node: NewNode) => void; isPending: boolean; error: Error | null }
  /** Leads on to moving load balancers to it. */
  onSpread: (region: Region) => void
  onClose: () => void
}

/** The command with which a host joins, until it has: then what has joined. */
export function JoinDialog({ node, token, list, renewal, onSpread, onClose }: Props) {
  // A join token is refused for a name in use, so a node of this name is the one that is waited for.
  const joined = list.nodes.find(({ name }) => name === node.name)
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={joined ? `Node ${node.name} has joined` : `Join ${node.name}`}
      footer={
        <>
          {joined?.connected && (
            <Button onClick={() => onSpread(joined.region)}>Spread load balancers</Button>
          )}
          <Button variant={joined ? 'primary' : 'secondary'} onClick={onClose}>
            {joined ? 'Done' : 'Close'}
          </Button>
        </>
      }
    >
      {/* The live region stays, so that screen readers say the change. */}
      <div className="grid gap-5">
        {!joined && <Steps {...{ token, renewal, node }} address={list.node_address ?? ''} />}
        <div role="status">{joined ? <Joined node={joined} /> : <Waiting {...{ node }} />}</div>
      </div>
    </Dialog>
  )
}

function Waiting({ node }: { node: NewNode }) {
  return (
    <span className="grid gap-1">
      <StatusBadge tone="progress">Waiting for {node.name}</StatusBadge>
      <span className="text-muted">
        You can close this: the node appears in the table when it has joined.
      </span>
    </span>
  )
}

function Joined({ node: { name, host, address, connected } }: { node: NodeStatus }) {
  return (
    <Alert tone="ok">
      Node {name} runs on {host}
      {address && (
        <>
          {' '}
          (<Code>{address}</Code>)
        </>
      )}
      {connected ? ' and is ready for load balancers.' : ', and is starting.'}
    </Alert>
  )
}

type StepsProps = Pick<Props, 'node' | 'token' | 'renewal'> & { address: string }

function Steps({ node, token, renewal, address }: StepsProps) {
  const now = useNow()
  const left = Date.parse(token.expires_at) - now
  const port = address.slice(address.lastIndexOf(':') + 1)
  return (
    <ol className="grid list-decimal gap-4 pl-5 marker:text-muted">
      <Step title="Run this command on the host, as root, in a clone of Fairlead">
        {left > 0 ? (
          <>
            <div className="flex items-start gap-2 rounded-control bg-surface-sunken p-3">
              <code className="min-w-0 flex-1 font-mono text-[0.8125rem]/5 break-all">
                {token.command}
              </code>
              <CopyButton text={token.command} label="Copy command" />
            </div>
            <p className="text-muted tabular-nums">
              It works once, and expires in {timeLeftText(left)}. It is shown only now.
            </p>
          </>
        ) : (
          <Alert
            tone="warn"
            title="The join token has expired."
            action={
              <Button size="small" loading={renewal.isPending} onClick={() => renewal.mutate(node)}>
                New join token
              </Button>
            }
          />
        )}
        {renewal.error && <Alert tone="danger">{errorMessage(renewal.error)}</Alert>}
      </Step>
      <Step title="If it can't connect, open the firewalls">
        <ul className="grid list-disc gap-1 pl-4 text-muted">
          <li>
            TCP port <Code>{port}</Code> of{' '}
            <Code>{address.slice(0, address.lastIndexOf(':'))}</Code>, from the host
          </li>
          <li>IP protocol 112 (VRRP) between the hosts of a region, in both directions</li>
        </ul>
      </Step>
    </ol>
  )
}

function Step({ title, children }: { title: string; children: ReactNode }) {
  return (
    <li className="pl-1">
      <p className="font-medium">{title}</p>
      <div className="mt-2 grid gap-2">{children}</div>
    </li>
  )
}
