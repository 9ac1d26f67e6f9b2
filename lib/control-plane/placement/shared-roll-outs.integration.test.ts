import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exited } from '#lib/testing/control-plane/control-plane-process.ts'
import { LinkedHosts } from '#lib/testing/control-plane/linked-hosts.ts'
import { type Replica, Replicas } from '#lib/testing/control-plane/replicas.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { outlast, waitFor } from '#lib/testing/wait.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'
const [NODE_A, NODE_B] = ['fr-par-a1', 'fr-par-b1'] as const
/** With time for a machine that is three times slower than it should be. */
const TAKEN_OVER_MAX_MS = 15_000
const TIMEOUT_MS = 120_000

describe.skipIf(missingPrograms('postgres'))(
  'the nodes of a pair that follow two control planes',
  () => {
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
      // The first two on a pair have masters in different clusters, so each node is the standby of one.
      for (const name of ['one', 'other']) {
        lbIds.push((await replicas.call(replica(0), 'POST', LBS, { name })).id)
      }
      await waitFor('both nodes', () => lbIds.every((lbId) => generationsOf(lbId).join() === '1,1'))
    }, TIMEOUT_MS)
    afterEach(async () => {
      linked.close()
      await replicas.stop()
    }, TIMEOUT_MS)

    const replica = (at: number) => replicas.all[at] as Replica
    const edit = (at: number, lbId = '', name = 'edited') =>
      replicas.call(replica(at), 'PUT', `${LBS}/${lbId}`, { name })
    /** What both nodes have. */
    const generationsOf = (lbId: string) =>
      [NODE_A, NODE_B].map((name) => linked.generation(name, lbId))

    test('are never both sent what neither has tried, and both get it in the end', {
      timeout: TIMEOUT_MS,
    }, async () => {
      for (let generation = 2; generation < 6; generation += 1) {
        linked.sent.length = 0
        linked.setReporting(false)
        await Promise.all(lbIds.map((lbId, at) => edit(at, lbId, `generation ${generation}`)))
        // The other control plane may still send what both have.
        const sent = () => linked.sent.filter((one) => one.generation === generation)
        await waitFor('a node', () => sent().length > 0)
        await outlast(1000)
        expect(new Set(sent().map(({ name }) => name)).size).toBe(1)
        linked.setReporting(true)
        const all = `${generation},${generation}`
        await waitFor('both nodes', () => lbIds.every((lbId) => generationsOf(lbId).join() === all))
      }
    })

    test('get changes when the control plane that tried them was killed, once the nodes have reported', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const [row] = await replicas.query<{ holder: string }>(
        "select holder from held_locks where key like 'roll-outs %'",
      )
      const pid = Number(row?.holder.split('/')[1])
      const at = replicas.all.findIndex(({ child }) => child.pid === pid)
      expect(at).toBeGreaterThanOrEqual(0)
      const end = exited(replica(at).child)
      replica(at).child.kill('SIGKILL')
      await end
      const began = performance.now()
      await edit(1 - at, lbIds[0])
      await waitFor('both nodes', () => generationsOf(lbIds[0] ?? '').join() === '2,2')
      const tookMs = Math.round(performance.now() - began)
      process.stdout.write(`after the death of the one that tried, a change took ${tookMs} ms\n`)
      expect(tookMs).toBeLessThan(TAKEN_OVER_MAX_MS)
    })
  },
)
