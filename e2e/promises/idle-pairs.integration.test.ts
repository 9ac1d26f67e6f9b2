import { expect, test, vi } from 'vitest'
import { missed } from '../support/figures.ts'
import { idlePairs } from './idle-pairs.ts'

// Slow on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

// At full size: npm run promises -- --only idle-pairs

test.each(['http', 'tcp'] as const)(
  '%s: idle clients hold little memory, and give it back',
  async (mode) => {
    const extent = { pairs: 2000, settleMs: 500, fills: 2 }
    expect(missed(await idlePairs(mode, extent))).toEqual([])
  },
)
