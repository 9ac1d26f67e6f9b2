import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change, ChangeList } from '#lib/core/change.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { NodeList } from '#lib/core/node.ts'
import type { RegionPlacement } from '#lib/core/placement.ts'
import { ClusterLab } from '#lib/testing/cluster/cluster-lab.ts'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { type Figures, UNHURRIED_PROBE_MS } from '#lib/testing/network/probes.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api } from '../support/api.ts'
import { addressOf, createLb } from './lb-of.ts'

const PLACEMENT = '/fairlead/v1/regions/fr-par/placement'
const LOCAL = ['fr-par-a', 'fr-par-b']
const HOSTS = ['lb-1', 'lb-2']
/** Two hosts may answer the same request for an address by ARP, but not the next one. Milliseconds. */
const BOTH_MAX_MS = 2

describe.skipIf(whyNoNamespaces())(
  'a control plane whose machine runs nodes, and two hosts',
  { tags: ['in-order'] },
  () => {
    let lab: ClusterLab
    let api: Api
    let lb: Lb

    beforeAll(async () => {
      const env = { FAIRLEAD_ROLES: 'control-plane,node' }
      lab = await ClusterLab.start({ hosts: 2, console: false, env })
      api = new Api(lab)
      lb = await createLb(api, lab, 'site')
    })
    afterAll(() => lab?.remove())

    const post = (path: string) => api.ok('POST', `/fairlead/v1${path}`)
    const drain = async (names: string[]) => {
      for (const name of names) await post(`/nodes/${name}/drain`)
    }
    const undrain = async (names: string[]) => {
      for (const name of names) await post(`/nodes/${name}/undrain`)
    }
    const placement = () => api.ok<RegionPlacement>('GET', PLACEMENT)
    const moves = async (): Promise<Change[]> => {
      const { changes } = await api.ok<ChangeList>('GET', `/fairlead/v1/lbs/${lb.id}/changes`)
      return changes.filter(({ verb }) => verb === 'move')
    }
    /** Carries out the planned move, as clients see it. */
    const moveTo = async (nodes: string[]): Promise<Figures> => {
      // Once nodes have reported who owns it.
      await waitFor('a planned move', async () => {
        const { moves: all } = await placement()
        return all.some(
          ({ to_nodes, cost }) => cost === 'switchover' && to_nodes.join() === nodes.join(),
        )
      })
      // Draining has just switched it over.
      await waitFor('undisturbed answers', async () => {
        const { probes } = lab
        const calm = await probes.measure(addressOf(lb), async () => {}, 350, UNHURRIED_PROBE_MS)
        return calm.lost === 0 && calm.letters.length === 1
      })
      const before = (await moves()).length
      let figures: Figures | null = null
      const { probes } = lab
      const kept = await probes.keepConnections(addressOf(lb), 10, 3000, async () => {
        const act = async () => {
          await api.ok('POST', PLACEMENT)
          await waitFor('the move', async () => (await moves()).length > before)
        }
        figures = await probes.measure(addressOf(lb), act, 3000, UNHURRIED_PROBE_MS)
      })
      expect(kept.filter(({ problem }) => problem !== null)).toEqual([])
      const { gapMs, lost, bothMs, letters } = figures ?? ({} as Figures)
      const [last] = await moves()
      const { gap_ms: reported } = (last?.after ?? {}) as { gap_ms: number }
      console.log(
        `move to ${nodes.join(' and ')}: gap ${gapMs.toFixed(0)} ms, reported ${reported.toFixed(1)} ms, lost ${lost}, both answering ${bothMs} ms`,
      )
      expect(last?.after).toMatchObject({ nodes })
      expect([lost, letters.length]).toEqual([0, 2])
      expect(bothMs).toBeLessThanOrEqual(BOTH_MAX_MS)
      await waitFor('its end', async () =>
        (await placement()).moves.every(({ phase }) => phase === 'planned'),
      )
      return figures ?? ({} as Figures)
    }

    test('a load balancer moves back to the local nodes without a lost connection', async () => {
      await waitFor('the local nodes', async () => {
        const { nodes } = await api.ok<NodeList>('GET', '/fairlead/v1/nodes')
        return LOCAL.every((name) => nodes.some((node) => node.name === name && node.connected))
      })
      await drain(HOSTS)
      // The servers know no letter of the control plane's machine.
      expect((await moveTo(LOCAL)).letters).toMatch(/^[12]\?$/)
    })

    test('and to the hosts again, and no two machines answer for its address', async () => {
      await undrain(HOSTS)
      await drain(LOCAL)
      expect((await moveTo(HOSTS)).letters).toMatch(/^\?[12]$/)
    })

    test('the last hosts are removed once they carry nothing', async () => {
      const refused = await api.call('DELETE', '/fairlead/v1/nodes/lb-1')
      expect(refused.status).toBe(412)
      await undrain(LOCAL)
      await drain(HOSTS)
      await moveTo(LOCAL)
      for (const name of HOSTS) {
        const { status } = await api.call('DELETE', `/fairlead/v1/nodes/${name}`)
        expect(status).toBe(204)
        await waitFor(`the end of ${name}`, () => !lab.host(name).host.isRunning)
      }
      await waitFor('the end of keepalived', () => lab.controlPlane.pids(/keepalived/).length === 0)
      const { lost, letters } = await lab.probes.measure(addressOf(lb), async () => {}, 350, 10)
      expect([lost, letters]).toEqual([0, '?'])
    })
  },
)
