import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import type { NotificationSettings } from '#lib/control-plane/notifications/settings.ts'
import { TIMING } from '#lib/control-plane/notifications/timing.ts'
import type { Settings } from '#lib/control-plane/settings.ts'
import type { Delivery } from '#lib/core/delivery.ts'
import type { ServerState } from '#lib/core/observed.ts'
import { follow } from './follow-stream.ts'
import { lbReport, server } from './reports.ts'
import { backendInput, runControlPlane } from './running-control-plane.ts'

/** Waits for an assertion to hold, with time for a busy machine. */
export const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 20 })

const PARIS = '/lb/v1/regions/fr-par'

/** Timing that fires alerts and retries deliveries within milliseconds. */
export const FAST = { ...TIMING, holdMs: 60, notifyWindowMs: 0, pollMs: 20, retryMs: [30] }

export const notificationSettings = (
  changes: Partial<NotificationSettings> = {},
): NotificationSettings => ({ smtp: null, missingSmtp: [], timing: FAST, ...changes })

/** Starts a control plane with a load balancer of two servers, whose subscriber is a webhook at `uri`. */
export async function runNotifiedLb(
  uri: string,
  changes: Partial<NotificationSettings> = {},
  others: Partial<Settings> = {},
) {
  const controlPlane = await runControlPlane({
    notifications: notificationSettings(changes),
    ...others,
  })
  const post = async (path: string, body: unknown) =>
    (await controlPlane.call('POST', path, body)).body
  const lb = await post(`${PARIS}/lbs`, { name: 'shop', backends: [backendInput()] })
  const subscriber = await post(`${PARIS}/subscribers`, { name: 'hook', webhook_config: { uri } })
  const own = `/fairlead/v1/subscribers/${subscriber.id}`
  const { secret } = await post(`${own}/secret`, undefined)
  await post(`${PARIS}/lb/${lb.id}/subscribe`, { subscriber_id: subscriber.id })
  const { backends } = (await controlPlane.call('GET', `${PARIS}/lbs/${lb.id}/backends`)).body
  const deliveries = async (): Promise<Delivery[]> =>
    (await controlPlane.call('GET', `${own}/deliveries`)).body.deliveries
  const failOver = (gap_ms: number) =>
    controlPlane.onSupervisor({
      type: 'failed_over',
      failovers: [
        {
          id: randomUUID(),
          lb_id: lb.id,
          at: new Date().toISOString(),
          from: 'a',
          to: 'b',
          reason: 'hung',
          gap_ms,
        },
      ],
    })
  return { controlPlane, lb, own, secret, deliveries, failOver, post, backend: backends[0] }
}

export type NotifiedLb = Awaited<ReturnType<typeof runNotifiedLb>>

/** Connects both nodes. `report` sends what each observes of the two servers. */
export async function connectNodes({
  controlPlane,
  lb,
  backend,
}: Pick<NotifiedLb, 'controlPlane' | 'lb' | 'backend'>) {
  const nodes = [await follow(controlPlane, 'fr-par-a'), await follow(controlPlane, 'fr-par-b')]
  const report = (...states: [ServerState, ServerState][]) =>
    Promise.all(
      nodes.map((node, index) => {
        const [first, second] = states[index] ?? states[0] ?? ['up', 'up']
        const servers = [
          server(backend.id, '127.0.2.1', first),
          server(backend.id, '127.0.2.2', second),
        ]
        return node.report(lbReport({ lb_id: lb.id, active: index === 0, servers }))
      }),
    )
  const close = () => {
    for (const node of nodes) node.close()
  }
  return { report, nodes, [Symbol.dispose]: close }
}
