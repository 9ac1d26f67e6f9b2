import { expect, test, vi } from 'vitest'
import { missed } from '../support/figures.ts'
import { largeTransfer, TRANSFER_KINDS } from './large-transfers.ts'

// It takes a machine that is busy with other tests its time.
vi.setConfig({ testTimeout: 120_000 })

// In full: npm run promises -- --only large-transfers

test.each(TRANSFER_KINDS)('%s: much goes both ways at the same time, byte-exact', async (kind) => {
  expect(missed(await largeTransfer(kind, 2 ** 26))).toEqual([])
})
