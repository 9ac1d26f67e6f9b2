import { expect, onTestFinished, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import type { DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'
import { DraftChecks } from './draft-checks.ts'

/** Invalid kinds: the first throws when the check starts, the second when it is connected. */
const INVALID_KINDS = [{ type: 'http' }, { type: 'unheard of' }] as unknown as DesiredCheckKind[]

test.each(INVALID_KINDS)(
  'a check that throws (%o) fails with a reason each time, and other checks continue',
  async (kind) => {
    onFault(() => {})
    onTestFinished(() => onFault(null))
    const port = await tcpServer((socket) => socket.end())
    const { health_check } = testBackend(port)
    const settings = { ...health_check, delay: 20, transient_delay: 20, retries: 1 }
    const poisoned = startLb(port, { health_check: { ...settings, kind } })
    const other = startLb(port, { health_check: settings })

    const observed = () => poisoned.lb.report().servers[0]
    await until(() => observed()?.state === 'down')
    for (let times = 0; times < 2; times += 1) {
      const before = observed()?.checked_at
      await until(() => observed()?.checked_at !== before)
    }
    const server = observed()
    expect(server).toMatchObject({
      state: 'down',
      reason: expect.stringMatching(/^The check could not run: .+/),
    })
    expect(server?.reason).not.toMatch(/\n| at /)
    const checkedAt = other.lb.report().servers[0]?.checked_at
    await until(() => other.lb.report().servers[0]?.checked_at !== checkedAt)
    expect(other.lb.report().servers[0]?.state).toBe('up')
  },
)

test.each(INVALID_KINDS)('a draft whose check throws (%o) gets a reason', async (kind) => {
  onFault(() => {})
  onTestFinished(() => onFault(null))
  const port = await tcpServer((socket) => socket.end())
  const backend = testBackend(port)
  const draft = { ...backend, health_check: { ...backend.health_check, kind } }
  const { servers } = await new DraftChecks().run(draft)
  expect(servers).toEqual([
    expect.objectContaining({
      up: false,
      reason: expect.stringMatching(/^The check could not run: .+/),
    }),
  ])
})
