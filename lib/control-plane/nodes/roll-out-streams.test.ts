import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { follow, knownFrom } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import { type RunningHosts, runWithHosts } from '#lib/testing/control-plane/running-hosts.ts'

const [OWNER, STANDBY] = ['fr-par-a1', 'fr-par-b1'] as const

let running: RunningHosts
let id: string

beforeEach(async () => {
  running = await runWithHosts('a1', 'b1')
  id = (await running.createLb()).id
})
afterEach(() => running[Symbol.asyncDispose]())

const edit = (name: string) =>
  running.controlPlane.call('PUT', `/lb/v1/regions/fr-par/lbs/${id}`, { name })
const generation = (of: number) => ({ type: 'apply', config: { lb_id: id, generation: of } })
const report = (of: number) => lbReport({ lb_id: id, generation: of })

/** The next message but `synced`, which need not wait for what is tried first. */
async function nextChange(stream: Awaited<ReturnType<typeof follow>>) {
  const message = await stream.next()
  return message.type === 'synced' ? stream.next() : message
}

/** The streams of both nodes, which have reported generation 1. */
async function followBoth() {
  const owner = await follow(running.controlPlane, OWNER)
  const standby = await follow(running.controlPlane, STANDBY)
  expect(await owner.next()).toEqual({ type: 'synced' })
  const sent = await nextChange(standby)
  expect(sent).toMatchObject(generation(1))
  await standby.report(report(1))
  expect(await owner.next()).toMatchObject(generation(1))
  await owner.report(report(1))
  return { owner, standby, known: knownFrom([sent]) }
}

test('the owner is sent a new load balancer and its changes after the standby, and of many the newest', async () => {
  const { owner, standby } = await followBoth()
  await edit('second')
  expect(await nextChange(standby)).toMatchObject(generation(2))
  for (const name of ['third', 'fourth']) await edit(name)
  await standby.report(report(2))
  expect(await owner.next()).toMatchObject(generation(2))
  await owner.report(report(2))
  expect(await nextChange(standby)).toMatchObject(generation(4))
  await standby.report(report(4))
  expect(await owner.next()).toMatchObject(generation(4))
})

test('the owner is sent nothing while the node of the standby is away after a change, or if that is in quarantine', async () => {
  const { owner, standby, known } = await followBoth()
  await edit('crashing')
  expect(await nextChange(standby)).toMatchObject(generation(2))
  standby.close()
  const observed = async () =>
    (await running.controlPlane.call('GET', `/fairlead/v1/lbs/${id}/observed`)).body
  await vi.waitFor(
    async () => expect((await observed()).instances[1].connected).toBe(false),
    10_000,
  )
  await edit('also crashing')
  const again = await follow(running.controlPlane, STANDBY, known)
  const sent = await nextChange(again)
  expect(sent).toMatchObject(generation(3))
  const since = new Date().toISOString()
  await again.report(report(1))
  await again.quarantine({ lb_id: id, generation: 3, since, cause: 'crashed_applying' })
  await edit('sound')
  expect(await nextChange(again)).toMatchObject(generation(4))
  await again.report(report(4))
  // Neither 2 nor 3.
  expect(await owner.next()).toMatchObject(generation(4))
})

test('the owner is sent a generation that the standby has rejected', async () => {
  const { owner, standby } = await followBoth()
  await edit('second')
  expect(await nextChange(standby)).toMatchObject(generation(2))
  await standby.report(
    lbReport({ lb_id: id, generation: 1, rejected: { generation: 2, reason: 'planted' } }),
  )
  expect(await owner.next()).toMatchObject(generation(2))
})
