import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { problemText } from '#lib/core/problem.ts'
import type { FollowRequest } from '#lib/protocol/stream.ts'
import { follow, knownFrom } from '#lib/testing/control-plane/follow-stream.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { backUp } from '../../backup/back-up.ts'
import { restore } from '../../backup/restore.ts'
import { defaultKeyFile } from '../../secrets/key-file.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'

/** Restores an older copy. After it was made, `lb` was renamed and `lost` was created. */
describe('an older database', () => {
  let directory: string
  let controlPlane: RunningControlPlane
  let lb: { id: string }
  let lost: { id: string; ip: [{ ip_address: string }] }
  /** What nodes have of the later database. */
  let known: FollowRequest['known']

  const ok = async (method: string, path: string, body?: unknown) => {
    const answered = await controlPlane.call(method, path, body)
    expect([path, answered.status]).toEqual([path, expect.toSatisfy((status) => status < 300)])
    return answered.body
  }
  const problems = async () =>
    (await ok('GET', `/fairlead/v1/lbs/${lb.id}/observed`)).problems.map(problemText)
  const divergences = async () => (await ok('GET', '/fairlead/v1/divergences')).divergences

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fairlead-older-'))
    const databaseFile = join(directory, 'fairlead.db')
    controlPlane = await runControlPlane({ databaseFile })
    lb = await ok('POST', LBS, { name: 'shop' })
    const copy = join(directory, 'copy.db')
    await backUp(databaseFile, copy, { force: false })
    for (const name of ['b', 'c']) await ok('PUT', `${LBS}/${lb.id}`, { name })
    lost = await ok('POST', LBS, { name: 'lost' })
    using node = await follow(controlPlane, 'fr-par-a')
    known = knownFrom(await node.untilSynced())
    node.close()
    await controlPlane.stop()
    restore(copy, databaseFile, { keyFile: defaultKeyFile(databaseFile) })
    controlPlane = await runControlPlane({ databaseFile })
  })
  afterEach(async () => {
    await controlPlane.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test('nothing is sent for a diverged load balancer, not even new edits', async () => {
    using a = await follow(controlPlane, 'fr-par-a', known)
    expect(await a.untilSynced()).toEqual([])
    using b = await follow(controlPlane, 'fr-par-b')
    expect(await b.untilSynced()).toEqual([])
    // Edits until its generation exceeds that of the nodes.
    for (const name of ['x', 'y', 'z']) await ok('PUT', `${LBS}/${lb.id}`, { name })
    const other = await ok('POST', LBS, { name: 'other' })
    for (const node of [a, b]) {
      expect(await node.next()).toMatchObject({ config: { lb_id: other.id } })
    }
    expect((await problems())[0]).toMatch(
      /serve generation 3 .* never had\. It has generation 4 .* older copy/,
    )
    const observed = await ok('GET', `/fairlead/v1/lbs/${lb.id}/observed`)
    expect(observed.applied_on).toBe(0)
    // The IP of the load balancer that this database lacks is not given out.
    expect(other.ip[0].ip_address).not.toBe(lost.ip[0].ip_address)

    // A restarted control plane detects the divergence again.
    await controlPlane.stop()
    controlPlane = await runControlPlane({ databaseFile: controlPlane.settings.databaseFile })
    expect(await divergences()).toEqual([])
    using again = await follow(controlPlane, 'fr-par-a', known)
    expect((await again.untilSynced()).length).toBe(1)
    expect(await divergences()).toMatchObject([
      { lb_id: lb.id, name: 'z', nodes: { generation: 3 }, database: { generation: 4 } },
      { lb_id: lost.id, name: null, ip_address: lost.ip[0].ip_address, database: null },
    ])
  })

  test('after follow-database nodes follow it, and keep load balancers that it lacks', async () => {
    using a = await follow(controlPlane, 'fr-par-a', known)
    using b = await follow(controlPlane, 'fr-par-b', known)
    await a.untilSynced()
    await b.untilSynced()
    const answer = await ok('POST', '/fairlead/v1/follow-database', {})
    expect(answer).toEqual({ followed: [lb.id], removed: [] })
    for (const node of [a, b]) {
      const message = await node.next()
      expect(message).toMatchObject({ config: { lb_id: lb.id, generation: 4 } })
    }
    expect(await divergences()).toMatchObject([{ lb_id: lost.id }])
    const { changes } = await ok('GET', `/fairlead/v1/lbs/${lb.id}/changes`)
    expect(changes[0]).toMatchObject({ verb: 'follow_database', generation: 4 })

    expect(await ok('POST', '/fairlead/v1/follow-database', { unknown: true })).toEqual({
      followed: [],
      removed: [lost.id],
    })
    for (const node of [a, b]) expect(await node.next()).toEqual({ type: 'remove', lb_id: lost.id })
    expect(await divergences()).toEqual([])
    // A node that was disconnected returns with an abandoned revision, and counts as behind.
    using late = await follow(controlPlane, 'fr-par-b', known)
    expect(await late.untilSynced()).toMatchObject([
      { type: 'remove', lb_id: lost.id },
      { type: 'apply', config: { lb_id: lb.id, generation: 4 } },
    ])
  })

  test('lb_ids limits the decision to the named load balancers', async () => {
    using a = await follow(controlPlane, 'fr-par-a', known)
    await a.untilSynced()
    const path = '/fairlead/v1/follow-database'
    const wrong = await controlPlane.call('POST', path, { lb_ids: ['other'] })
    expect([wrong.status, wrong.body.details[0].help_message]).toEqual([
      400,
      'The nodes have nothing else of load balancer other.',
    ])
    const answer = await ok('POST', path, { lb_ids: [lost.id] })
    expect(answer).toEqual({ followed: [], removed: [lost.id] })
    expect(await a.next()).toEqual({ type: 'remove', lb_id: lost.id })
    expect(await divergences()).toMatchObject([{ lb_id: lb.id }])
  })

  test('a load balancer whose IP nodes use for another one is not sent', async () => {
    using a = await follow(controlPlane, 'fr-par-a', known)
    await a.untilSynced()
    // New IPs avoid those that nodes serve, so only an older row of this database can have the same IP.
    const heir = await ok('POST', LBS, { name: 'heir', assign_flexible_ip: false })
    expect(await a.next()).toMatchObject({ config: { lb_id: heir.id, address: null } })
    await ok('POST', '/fairlead/v1/follow-database', { lb_ids: [lb.id] })
    expect(await a.next()).toMatchObject({ config: { lb_id: lb.id } })
    await controlPlane.stop()
    controlPlane = await runControlPlane({ databaseFile: controlPlane.settings.databaseFile })
    // The same address, allocated before a node has reported it.
    const ip = await ok('POST', '/lb/v1/regions/fr-par/ips', {})
    expect(ip.ip_address).toBe(lost.ip[0].ip_address)
    using b = await follow(controlPlane, 'fr-par-b', known)
    await b.untilSynced()
    await ok('PATCH', `/lb/v1/regions/fr-par/ips/${ip.id}`, { lb_id: heir.id })
    const observed = await ok('GET', `/fairlead/v1/lbs/${heir.id}/observed`)
    expect(observed.problems[0].message).toContain(`Its IP ${ip.ip_address} carries the traffic`)
    await ok('POST', '/fairlead/v1/follow-database', { lb_ids: [lost.id] })
    const sent = [await b.next(), await b.next()]
    expect(sent).toMatchObject([
      { type: 'remove', lb_id: lost.id },
      { type: 'apply', config: { lb_id: heir.id, address: ip.ip_address } },
    ])
  })

  test('configurations without a revision are compared by generation', async () => {
    const before = Object.fromEntries(
      Object.entries(known).map(([id, config]) => [id, { ...config, revision: '' }]),
    )
    const { [lb.id]: ahead } = before
    const same = { [lb.id]: { ...(ahead as NonNullable<typeof ahead>), generation: 1 } }
    using a = await follow(controlPlane, 'fr-par-a', same)
    expect(await a.untilSynced()).toMatchObject([{ config: { lb_id: lb.id, generation: 1 } }])
    using b = await follow(controlPlane, 'fr-par-b', before)
    expect(await b.untilSynced()).toEqual([])
    expect((await divergences()).length).toBe(2)
  })
})
