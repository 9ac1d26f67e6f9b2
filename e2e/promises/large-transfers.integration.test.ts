import { expect, test, vi } from 'vitest'
import { missed } from '../support/figures.ts'
import { largeTransfer, TRANSFER_KINDS } from './large-transfers.ts'

// Slow on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

// At full size: npm run promises -- --only large-transfers

test.each(TRANSFER_KINDS)(
  '%s: large transfers in both directions at once are byte-exact',
  async (kind) => {
    expect(missed(await largeTransfer(kind, 2 ** 26))).toEqual([])
  },
)
