import { expect, test, vi } from 'vitest'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { missed } from '../support/figures.ts'
import { isolation } from './isolation.ts'

// Slow on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

// At full size: npm run promises -- --only isolation

test
  .skipIf(missingPrograms('nginx'))
  .each([
    'pipelined requests, redirected',
    'pipelined requests, without a server',
    'pipelined requests, answers unread',
    'paths at the step limit',
    'chunks of one byte',
  ] as const)('other load balancers of the node are served beside %s', async (kind) => {
  const extent = {
    connections: 20,
    seconds: 2,
    rounds: 1,
    busy: false,
    haproxy: false,
    roomMs: 300,
  }
  expect(missed(await isolation([kind], extent))).toEqual([])
})
