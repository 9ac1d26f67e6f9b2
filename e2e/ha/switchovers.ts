import type { Failover } from '#lib/core/failover.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { type Figure, quantile } from '../support/figures.ts'
import { keepAlive, LiveClients, tcpStream, webSocket } from './live-clients.ts'
import { OpenProbe, type Probed } from './open-probe.ts'
import type { Stage } from './stage.ts'

/** The interval of new connections. Milliseconds. */
const PACE_MS = 4

/**
 * Promise 3: switchovers to the other node and back lose no connection, new or long-lived. Every second switchover drains the whole
 * node.
 */
export async function switchovers(stage: Stage, { runs }: { runs: number }): Promise<Figure[]> {
  const { api, lbs } = stage
  const lb = lbs['fr-par']
  const live = [
    new LiveClients('keep-alive clients', 4, () => keepAlive(stage.url(8000), true)),
    new LiveClients('websockets', 4, () => webSocket(stage.url(8001))),
    new LiveClients('TCP streams', 4, () => tcpStream(stage.url(8002))),
  ]
  const probe = new OpenProbe(stage.url(8000), PACE_MS)
  await waitFor(
    'traffic',
    () => probe.succeeded > 50 && live.every(({ exchanged }) => exchanged > 20),
  )
  await probe.take()
  const moved: Failover[] = []
  const probed: Probed[] = []
  let active = await stage.activeCluster()
  for (let run = 0; run < runs; run += 1) {
    const node = `fr-par-${active}`
    const drained = () =>
      api.ok<{ failovers: Failover[] }>('POST', `/fairlead/v1/nodes/${node}/drain`)
    const one =
      run % 2 === 0
        ? await api.ok<Failover>('POST', `/fairlead/v1/lbs/${lb.id}/switchover`)
        : (await drained()).failovers[0]
    if (one && one.to !== active) moved.push(one)
    active = one?.to ?? active
    probed.push(await probe.take())
    await stage.whole()
  }
  probed.push(await probe.stop())
  const sum = (key: keyof Probed) => probed.reduce((all, one) => all + one[key], 0)
  const gaps = probed.map(({ gapMs }) => gapMs)
  const lived = await Promise.all(live.map((clients) => clients.stop()))
  const waits = moved.map(({ gap_ms }) => gap_ms)
  return [
    { what: 'switchovers done', value: moved.length, atLeast: runs, atMost: runs },
    { what: 'nobody accepted, p50', value: quantile(waits, 0.5), unit: 'ms' },
    { what: 'nobody accepted, p99', value: quantile(waits, 0.99), unit: 'ms' },
    { what: 'gap as clients see it, p99', value: quantile(gaps, 0.99), unit: 'ms' },
    { what: 'new connections answered', value: sum('succeeded'), atLeast: 1 },
    { what: 'refused', value: sum('refused'), atMost: 0 },
    { what: 'reset', value: sum('reset'), atMost: 0 },
    { what: 'answered 5xx', value: sum('failed'), atMost: 0 },
    { what: 'without an answer', value: sum('silent'), atMost: 0 },
    ...lived.flatMap(({ kind, exchanged, ended, wrong }) => [
      { what: `${kind}: messages`, value: exchanged, atLeast: 1 },
      { what: `${kind}: ended`, value: ended, atMost: 0 },
      { what: `${kind}: wrong bytes`, value: wrong, atMost: 0 },
    ]),
  ]
}
