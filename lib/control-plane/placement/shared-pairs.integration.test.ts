import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RegionPlacement } from '#lib/core/placement.ts'
import { LinkedHosts } from '#lib/testing/control-plane/linked-hosts.ts'
import { type Replica, Replicas } from '#lib/testing/control-plane/replicas.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { outlast, waitFor } from '#lib/testing/wait.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'
const OWN = '/fairlead/v1'
const [NODE_A, NODE_B] = ['fr-par-a1', 'fr-par-b1'] as const
/** With time for a machine that is three times slower than it should be. */
const TAKEN_OVER_MAX_MS = 15_000
const TIMEOUT_MS = 120_000

describe.skipIf(missingPrograms('postgres'))('a pair of hosts of two control planes', () => {
  let replicas: Replicas
  let linked: LinkedHosts
  let lbIds: string[]
  beforeEach(async () => {
    replicas = await Replicas.start(2, { hosts: [] })
    linked = await LinkedHosts.join(replicas, 'a1', 'b1')
    const { hosts } = linked
    await waitFor(
      'the pair',
      () => hosts.host(NODE_A).owned.size + hosts.host(NODE_B).owned.size > 1,
    )
    lbIds = []
    for (const name of ['one', 'other']) {
      const { id } = await replicas.call(first(), 'POST', LBS, { name })
      lbIds.push(id)
    }
    await settled()
  }, TIMEOUT_MS)
  afterEach(async () => {
    linked.close()
    await replicas.stop()
  }, TIMEOUT_MS)

  const first = () => replicas.all[0] as Replica
  const ask = (...call: Parameters<Replicas['ask']>) => replicas.ask(...call)
  const switchOver = (replica: Replica, lbId = lbIds[0] ?? '', to?: 'a' | 'b') =>
    ask(replica, 'POST', `${OWN}/lbs/${lbId}/switchover`, to ? { to } : {})
  const ownerOf = (lbId = lbIds[0] ?? '') => linked.hosts.acceptingNodes(lbId)
  const rows = () =>
    replicas.query<{ lb_id: string; carrier: string; handing_over: number; carrier_epoch: string }>(
      'select lb_id, carrier, handing_over, carrier_epoch from placements order by lb_id',
    )

  /** Whether a control plane knows that both nodes have a load balancer, and that one is active. */
  const isObserved = async (replica: Replica, lbId: string) => {
    const body = await replicas.call(replica, 'GET', `${OWN}/lbs/${lbId}/observed`)
    const instances: { active: boolean; applied_generation: number }[] = body.instances
    const actives = instances.filter(({ active }) => active)
    return (
      actives.length === 1 && instances.every((one) => one.applied_generation === body.generation)
    )
  }

  /** Resolves when all control planes agree, and one host accepts each load balancer. */
  const settled = () =>
    waitFor('the hosts and all control planes', async () => {
      const isDone = (await rows()).every(({ handing_over }) => handing_over === 0)
      const isOwned = lbIds.every((lbId) => ownerOf(lbId).length === 1)
      if (!isDone || !isOwned) return false
      const observed = replicas.alive.flatMap((one) => lbIds.map((lbId) => isObserved(one, lbId)))
      return (await Promise.all(observed)).every(Boolean)
    })

  test('is switched over by one of two that are ordered to at the same moment', {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (let round = 0; round < 5; round += 1) {
      const [owner = ''] = ownerOf()
      const to = owner === NODE_A ? 'b' : 'a'
      linked.orders.length = 0
      const answers = await Promise.all(replicas.all.map((one) => switchOver(one, lbIds[0], to)))
      const words = `The instance of cluster ${to} has its traffic.`
      const refused = answers.filter(({ body }) => body.help_message === words)
      expect([answers.map(({ status }) => status).sort(), refused.length]).toEqual([[200, 412], 1])
      // Only one of them has ordered the hosts.
      const orders = [0, 1].filter((from) => linked.handOvers(from).length > 0)
      expect(orders).toHaveLength(1)
      expect(ownerOf()).toEqual([to === 'a' ? NODE_A : NODE_B])
      await settled()
    }
  })

  test('obeys one after the other when they contradict each other', {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (let round = 0; round < 5; round += 1) {
      const drain = (at: number, node: string) =>
        ask(replicas.all[at] as Replica, 'POST', `${OWN}/nodes/${node}/drain`)
      linked.orders.length = 0
      const answers = await Promise.all([drain(0, NODE_A), drain(1, NODE_B)])
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      await settled()
      // No order of one comes between two of the other.
      const changes = linked.orders.filter(({ order }) => order.type === 'hand_over')
      const turns = changes.filter(({ from }, at) => at === 0 || changes[at - 1]?.from !== from)
      expect(turns.length).toBeLessThanOrEqual(4)
      for (const node of [NODE_A, NODE_B]) {
        await ask(first(), 'POST', `${OWN}/nodes/${node}/undrain`)
      }
    }
  })

  test('is switched over at a control plane that is not the leader', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const leader = await replicas.leader()
    const other = replicas.all.find((one) => one !== leader) as Replica
    const [before = ''] = ownerOf()
    expect((await switchOver(other)).status).toBe(200)
    expect(ownerOf()).not.toEqual([before])
    await settled()
    // The leader sees it, and moves it back.
    expect((await switchOver(leader)).status).toBe(200)
    expect(ownerOf()).toEqual([before])
  })

  test.each(['the leader', 'another one'])(
    'is taken over when %s hangs during a switchover, and that orders nothing more',
    {
      timeout: TIMEOUT_MS,
    },
    async (who) => {
      const leader = await replicas.leader()
      const hanging = replicas.all.find(
        (one) => (one === leader) === (who === 'the leader'),
      ) as Replica
      const going = replicas.all.find((one) => one !== hanging) as Replica
      const [at, goingAt] = [replicas.all.indexOf(hanging), replicas.all.indexOf(going)]
      const [owner = ''] = ownerOf()
      const to = owner === NODE_A ? 'b' : 'a'
      linked.orders.length = 0
      let stoppedAt = 0
      linked.hosts.intercept = (_, order) => {
        if (stoppedAt === 0 && order.type === 'hand_over' && order.side === 'arriving') {
          hanging.child.kill('SIGSTOP')
          stoppedAt = performance.now()
        }
        return true
      }
      const answer = switchOver(hanging, lbIds[0], to)
      await waitFor('the end of the hand-over', async () => {
        return stoppedAt > 0 && (await rows()).every(({ handing_over }) => handing_over === 0)
      })
      const tookMs = Math.round(performance.now() - stoppedAt)
      process.stdout.write(`${who} hung: its switchover was completed after ${tookMs} ms\n`)
      expect(tookMs).toBeLessThan(TAKEN_OVER_MAX_MS)
      expect(linked.handOvers(goingAt)).toContain(`${owner} leaving`)
      // The other one has the pair for itself now.
      expect((await switchOver(going, lbIds[1])).status).toBe(200)
      const [ordered, written] = [linked.handOvers(at), await rows()]
      expect(ordered.filter((order) => !order.endsWith('relabel'))).toHaveLength(1)

      hanging.child.kill('SIGCONT')
      const { status, body } = await answer
      process.stdout.write(`afterwards it answered ${status}: ${body.help_message ?? body.to}\n`)
      await outlast(2000)
      expect(linked.handOvers(at)).toEqual(ordered)
      expect(await rows()).toEqual(written)
      expect(ownerOf()).toEqual([to === 'a' ? NODE_A : NODE_B])
      await settled()
      expect((await switchOver(hanging)).status).toBe(200)
    },
  )

  test('is completed when the connection of the lock is cut during a switchover', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const other = replicas.all.find((one) => one !== first()) as Replica
    const [owner = ''] = ownerOf()
    const cut =
      "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 1179207022 and granted"
    let cutting: Promise<unknown> | null = null
    linked.hosts.intercept = (_, order) => {
      if (order.type === 'hand_over' && order.side === 'arriving') cutting ??= replicas.query(cut)
      return true
    }
    const { status, body } = await switchOver(other)
    process.stdout.write(`the connection was cut: ${status} ${body.help_message ?? body.to}\n`)
    expect(cutting).not.toBeNull()
    await settled()
    const isMoved = ownerOf()[0] !== owner
    expect(isMoved || status === 412).toBe(true)
    const placement: RegionPlacement = await replicas.call(
      first(),
      'GET',
      `${OWN}/regions/fr-par/placement`,
    )
    expect(placement.moves.filter(({ phase }) => phase !== 'planned')).toEqual([])
  })
})
