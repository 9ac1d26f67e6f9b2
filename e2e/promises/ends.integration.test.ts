import { expect, test, vi } from 'vitest'
import { missed } from '../support/figures.ts'
import { ends } from './ends.ts'

// Slow on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

// At full size: npm run promises -- --only ends

test.each(['tcp', 'upgraded'] as const)(
  '%s: one direction ends alone, a reset crosses at once, no socket stays',
  async (kind) => {
    const extent = { pairs: 10, bytes: 2 ** 21, resetMs: 1000 }
    expect(missed(await ends(kind, extent))).toEqual([])
  },
)
