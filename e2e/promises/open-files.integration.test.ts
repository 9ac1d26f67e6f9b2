import { expect, test, vi } from 'vitest'
import { missed } from '../support/figures.ts'
import { exhaustedFiles } from './open-files.ts'

// It takes a machine that is busy with other tests its time.
vi.setConfig({ testTimeout: 120_000 })

// In full: npm run promises -- --only open-files

test.each(['tcp', 'upgraded'] as const)(
  '%s: without file descriptors what there is goes on, and new clients are served once there are some',
  async (kind) => {
    expect(missed(await exhaustedFiles(kind, { seconds: 1, roomMs: 2000 }))).toEqual([])
  },
)
