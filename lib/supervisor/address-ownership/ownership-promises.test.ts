import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Cluster } from '#lib/core/locality.ts'
import { DECIDERS, TwoNodes } from '#lib/testing/supervisor/two-nodes.ts'
import { MASTER_GRACE_MS } from './address-ownership.ts'

// What `AddressOwnership` promises, wherever the two nodes of a load balancer are. Its details: address-ownership.test.ts.

const step = fc.tuple(fc.constantFrom('run', 'end'), fc.constantFrom<Cluster>('a', 'b'))

describe.each(DECIDERS)('$name', (deciders) => {
  test('never two owners, always one while a node runs, and it stays', () => {
    vi.useFakeTimers()
    let takeovers = 0
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const nodes = new TwoNodes(deciders)
        let before: Cluster | undefined
        for (const [action, cluster] of steps) {
          nodes[action as 'run'](cluster)
          expect(nodes.active().length).toBeLessThanOrEqual(1)
          vi.advanceTimersByTime(MASTER_GRACE_MS)
          const [owner] = nodes.active()
          expect(owner !== undefined).toBe(nodes.isRunning('a') || nodes.isRunning('b'))
          if (before && nodes.isRunning(before)) expect(owner).toBe(before)
          before = owner
        }
        takeovers += nodes.takeovers.length
        expect(new Set(nodes.takeovers.map(({ id }) => id)).size).toBe(nodes.takeovers.length)
        nodes.close()
      }),
      { numRuns: 300 },
    )
    vi.useRealTimers()
    expect(takeovers).toBeGreaterThan(10)
    console.log(`${deciders.name}: ${takeovers} takeovers`)
  })

  test('a node that ends is taken over from, and that is reported once', () => {
    const nodes = new TwoNodes(deciders)
    nodes.run('a')
    nodes.run('b')
    expect(nodes.active()).toEqual(['a'])
    nodes.end('a')
    expect(nodes.active()).toEqual(['b'])
    nodes.active()
    expect(nodes.takeovers).toMatchObject([{ from: 'a', to: 'b', reason: 'ended' }])
    nodes.close()
  })
})
