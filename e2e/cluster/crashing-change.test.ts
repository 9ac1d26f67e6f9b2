import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problemTexts } from '#lib/core/problem.ts'
import type { LbHost } from '#lib/testing/cluster/cluster-lab.ts'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { CRASHING } from '#lib/testing/node/crash-on-apply.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Stage } from './stage.ts'

const NODE = /^fairlead node/
const PLANTED = join(import.meta.dirname, '../../lib/testing/node/crash-on-apply.ts')
/** While the node of the standby ends twice. */
const MEASURE_MS = 6000

describe.skipIf(whyNoNamespaces())('a change that crashes nodes', { tags: ['in-order'] }, () => {
  let stage: Stage
  const hostEnv = { NODE_OPTIONS: `--import=${pathToFileURL(PLANTED).href}` }

  beforeAll(async () => {
    stage = await Stage.set({ hostEnv })
    await stage.giveTo(stage.first)
  })
  afterAll(() => stage?.[Symbol.dispose]())

  const pids = ({ host }: LbHost) => host.pids(NODE)
  const rename = async (from: string, name: string) => {
    const { backends } = await stage.api.children(stage.lb.id)
    const backend = backends.find((one) => one.name === from)
    await stage.api.ok('PUT', `/lb/v1/regions/fr-par/backends/${backend?.id}`, { ...backend, name })
  }

  test('takes down only the standby, and is said', async () => {
    const { generation } = await stage.api.waitForApplied(stage.lb.id)
    const [owners, standbys] = [pids(stage.first), pids(stage.second)]
    const before = await stage.lastFailover()
    const figures = await stage.lab.probes.measure(
      stage.address,
      async () => {
        await rename('echoes', CRASHING)
        await waitFor('the quarantine', async () => {
          const { problems } = await stage.api.observed(stage.lb.id)
          return problems.some((problem) => problem.message.startsWith('Quarantined on lb-2'))
        })
      },
      MEASURE_MS,
    )
    expect([figures.lost, figures.letters]).toEqual([0, '1'])
    expect(pids(stage.first)).toEqual(owners)
    expect(pids(stage.second)).not.toEqual(standbys)
    expect(await stage.failoversSince(before)).toBe(0)
    const { problems, instances } = await waitFor('both serve', async () => {
      const observed = await stage.api.observed(stage.lb.id)
      const isSteady = observed.problems.length === 1
      return (
        isSteady &&
        observed.instances.every((one) => one.applied_generation === generation) &&
        observed
      )
    })
    expect(problemTexts(problems)).toEqual([
      `Quarantined on lb-2: its configuration took this node down twice (crashed while applying generation ${generation + 1}). ` +
        `The node still serves generation ${generation}. lb-1 is not sent it, and still serves generation ${generation}. ` +
        'Change the load balancer to try again.',
    ])
    const quarantined = instances.map(({ node, quarantine }) => [node, quarantine?.generation])
    expect(quarantined.toSorted()).toEqual([
      ['lb-1', undefined],
      ['lb-2', generation + 1],
    ])
  })

  test('is undone by the next change on both hosts', async () => {
    await rename(CRASHING, 'echoes')
    await stage.api.waitForApplied(stage.lb.id)
    await waitFor('no problem is left', async () => {
      return (await stage.api.observed(stage.lb.id)).problems.length === 0
    })
    expect(await stage.answering()).toBe('1')
  })
})
