import { expect, test } from 'vitest'
import { until } from '#lib/testing/runtime/running-lb.ts'
import { SLICE_MS } from './scheduling/loop-budget.ts'
import { Server, type ServerUse } from './server.ts'

test('a use that has moved to another server is not closed when the former one goes down', async () => {
  const [down, up] = [new Server('backend', '10.0.0.1', 80), new Server('backend', '10.0.0.2', 80)]
  const cutOff: string[] = []
  const named = (name: string): ServerUse => ({
    useIndex: -1,
    onServerDown: () => {
      const end = performance.now() + 2 * SLICE_MS
      while (performance.now() < end);
      cutOff.push(name)
    },
  })
  const [first, moved, over, last] = ['first', 'moved', 'over', 'last'].map(named)
  if (!first || !moved || !over || !last) throw new Error('no uses')
  for (const use of [first, moved, over, last]) down.uses.add(use)
  down.endUses()
  expect(cutOff).toEqual(['first'])
  for (const use of [moved, over]) down.uses.delete(use)
  up.uses.add(moved)
  await until(() => cutOff.length === 2)
  expect(cutOff).toEqual(['first', 'last'])
})
