'use client'
import { useQuery } from '@tanstack/react-query'
import { Plug, Unplug } from 'lucide-react'
import { useMay } from '#components/shell/access.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { ClockTime } from '#components/ui/clock-time.tsx'
import { StatusBadge, type StatusTone } from '#components/ui/status-badge.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { demoState, usePlug } from '#lib/client/demo-queries.ts'
import { errorMessage } from '#lib/client/error-text.ts'
import type { DemoState } from '#lib/core/demo-state.ts'
import { millisecondsText } from '../../failover/failover-text.ts'

/** The traffic is counted four times a second. */
const POLL_MS = 500

type Host = DemoState['hosts'][number]

const STATES: Record<Host['state'], { tone: StatusTone; label: string }> = {
  running: { tone: 'ok', label: 'Running' },
  starting: { tone: 'progress', label: 'Starting' },
  off: { tone: 'danger', label: 'No power' },
}

const ROLES: { role: Host['role']; title: string }[] = [
  { role: 'load_balancer', title: 'Load balancer hosts' },
  { role: 'control_plane', title: 'Control planes' },
  { role: 'database', title: 'Database' },
]

/** The demo of several machines: their plugs, and how long a client waits when one is pulled. */
export function DemoCard() {
  const { data, error } = useQuery({ ...browserQuery(demoState()), refetchInterval: POLL_MS })
  return (
    <Card
      title="Demo"
      description="A client requests a page of the load balancer shop 200 times a second, each time on a new connection. Pull the plug of a machine and see how long it waits."
    >
      {error && !data && <Alert tone="danger">{errorMessage(error)}</Alert>}
      {data && (
        <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <Machines hosts={data.hosts} through={data.traffic.through} />
          <Traffic {...data} />
        </div>
      )}
    </Card>
  )
}

function Machines({ hosts, through }: { hosts: Host[]; through: string | null }) {
  const plug = usePlug()
  return (
    <div className="grid content-start gap-3">
      {ROLES.map(({ role, title }) => {
        const machines = hosts.filter((host) => host.role === role)
        if (machines.length === 0) return null
        return (
          <div key={role}>
            <p className="mb-1 text-muted">{title}</p>
            <ul
              aria-label={title}
              className="divide-y divide-border rounded-card border border-border px-4"
            >
              {machines.map((host) => (
                <Machine
                  key={host.name}
                  host={host}
                  hasTraffic={host.name === through}
                  plug={plug}
                />
              ))}
            </ul>
          </div>
        )
      })}
      {plug.error && <Alert tone="danger">{errorMessage(plug.error)}</Alert>}
    </div>
  )
}

type MachineProps = { host: Host; hasTraffic: boolean; plug: ReturnType<typeof usePlug> }

function Machine({ host: { name, state, database }, hasTraffic, plug }: MachineProps) {
  const mayChange = useMay('write')
  const isOff = state === 'off'
  return (
    <li className="flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1 py-1.5">
      <span className="font-medium">{name}</span>
      <StatusBadge {...STATES[state]}>{STATES[state].label}</StatusBadge>
      {hasTraffic && !isOff && <span className="text-muted">has the traffic</span>}
      {database && state === 'running' && <span className="text-muted">{database}</span>}
      {mayChange && (
        <Button
          size="small"
          className="ml-auto"
          variant={isOff ? 'secondary' : 'danger'}
          aria-label={isOff ? `Plug in ${name}` : `Pull the plug of ${name}`}
          loading={plug.isPending && plug.variables.host === name}
          disabledReason={state === 'starting' ? 'It is starting.' : undefined}
          onClick={() => plug.mutate({ host: name, action: isOff ? 'plug' : 'pull' })}
        >
          {isOff ? (
            <Plug aria-hidden className="size-3.5" />
          ) : (
            <Unplug aria-hidden className="size-3.5" />
          )}
          {isOff ? 'Plug in' : 'Pull the plug'}
        </Button>
      )}
    </li>
  )
}

function Traffic({ traffic, blackouts }: Pick<DemoState, 'traffic' | 'blackouts'>) {
  const { requests, failed, through } = traffic
  const [last, ...earlier] = blackouts
  return (
    <div className="grid content-start gap-3">
      <p className="tabular-nums">
        {requests} requests in the last second{through && ` through ${through}`},{' '}
        <span className={failed > 0 ? 'font-medium text-danger' : 'text-muted'}>
          {failed} failed
        </span>
      </p>
      <div role="status">
        {last ? (
          <>
            <p className="text-3xl font-semibold tracking-tight tabular-nums">
              {millisecondsText(last.ms)}
            </p>
            <p className="text-muted">
              New connections waited that long <Takeover {...last} />.
            </p>
          </>
        ) : (
          <p className="text-muted">No blackout yet.</p>
        )}
      </div>
      {earlier.length > 0 && (
        <ul aria-label="Earlier blackouts" className="grid gap-1 text-muted">
          {earlier.map((blackout) => (
            <li key={blackout.at} className="tabular-nums">
              {millisecondsText(blackout.ms)} <Takeover {...blackout} />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Takeover({ at, from, to }: DemoState['blackouts'][number]) {
  return (
    <>
      {from === to ? `until ${to} answered again` : `until ${to} took over from ${from}`} at{' '}
      <ClockTime at={at} seconds />
    </>
  )
}
