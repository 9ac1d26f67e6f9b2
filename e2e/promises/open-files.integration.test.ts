import { expect, test, vi } from 'vitest'
import { missed } from '../support/figures.ts'
import { exhaustedFiles } from './open-files.ts'

// Slow on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 })

// At full size: npm run promises -- --only open-files

test.each(['tcp', 'upgraded'] as const)(
  '%s: without file descriptors what there is goes on, and new clients are served once there are some',
  async (kind) => {
    expect(missed(await exhaustedFiles(kind, { seconds: 1, roomMs: 2000 }))).toEqual([])
  },
)
