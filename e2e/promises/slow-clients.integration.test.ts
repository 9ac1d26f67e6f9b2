import { expect, test, vi } from 'vitest'
import { missed } from '../support/figures.ts'
import { slowHeads } from './slow-heads.ts'
import { SLOW_KINDS, slowStreams } from './slow-streams.ts'

// Slow on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

// At full size: npm run promises -- --only slow-heads,slow-streams

test('clients that send their heads slowly don’t slow others, and are closed in time', async () => {
  const extent = { count: 300, headMs: 3000, rounds: 1, roomMs: 500 }
  expect(missed(await slowHeads(extent))).toEqual([])
})

test.each([
  ['http', SLOW_KINDS],
  ['tcp', ['clients that read slowly', 'servers that read slowly']],
] as const)('%s: who sends or reads slowly holds little memory', async (mode, kinds) => {
  expect(missed(await slowStreams(mode, kinds, { count: 150, seconds: 1 }))).toEqual([])
})
