import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { Stage } from './stage.ts'

const AFTER_S = 2

describe.skipIf(whyNoNamespaces())('with FAIRLEAD_FAILBACK_AFTER_S', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await Stage.set({ env: { FAIRLEAD_FAILBACK_AFTER_S: `${AFTER_S}` } })
  })
  afterAll(() => stage?.[Symbol.dispose]())

  test('traffic returns to the master when its host is back, and loses no connection', async () => {
    const { lab, first, second } = stage
    const { instances } = await stage.api.observed(stage.lb.id)
    const isFirst = instances.find(({ role }) => role === 'master')?.node === first.name
    const [master, backup] = isFirst ? [first, second] : [second, first]
    // A load balancer that is created before the hosts of a new pair have spread their carriers starts on its backup.
    await stage.giveTo(master)
    const before = await stage.lastFailover()
    master.host.die()
    const { id: lost } = await stage.failoverAfter(before)
    expect(await stage.answering()).toBe(backup.letter)
    const figures = await lab.probes.measure(stage.address, async () => {
      master.host.boot()
      await lab.startHost(master)
      const { reason, to } = await stage.failoverAfter(lost)
      expect([reason, to]).toEqual(['planned', master.cluster])
    })
    expect(figures.letters).toBe(backup.letter + master.letter)
    expect(figures.lost).toBe(0)
  })
})
