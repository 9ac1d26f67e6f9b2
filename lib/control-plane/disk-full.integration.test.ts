import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { backendInput, runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { mountSmallDisk, whyNoSmallDisk } from '#lib/testing/small-disk.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'
const missing = whyNoSmallDisk()

describe.skipIf(missing)(missing ? `a full disk (${missing})` : 'a full disk', () => {
  test('refuses every write with the reason, serves reads, and recovers when there is space', async () => {
    const disk = mountSmallDisk(8)
    onTestFinished(() => disk.remove())
    const databaseFile = join(disk.path, 'fairlead.db')
    const admin = { email: 'ada@example.com', password: 'correct horse battery' }
    const controlPlane = await runControlPlane({ databaseFile, admin })
    const { call } = controlPlane
    const rules = {
      backends: [backendInput()],
      frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
    }
    const lb = (await call('POST', LBS, { name: 'shop', ...rules })).body
    using node = await follow(controlPlane, 'fr-par-a')
    await node.untilSynced()

    disk.fill()
    // A few writes still fit into the write-ahead log.
    let created = 1
    const input = { name: 'more', tags: ['x'.repeat(100), 'y'.repeat(100)], ...rules }
    let refused = await call('POST', LBS, input)
    for (; refused.status === 200 && created < 1000; created++)
      refused = await call('POST', LBS, input)
    for (let i = 0; i < 20; i++) {
      refused = await call('POST', LBS, input)
      expect([refused.status, refused.body.type]).toEqual([507, 'disk_full'])
    }
    expect(refused.body.message).toBe(
      'The disk of the control plane is full, so nothing was changed. Traffic is not affected. ' +
        'Free space in the data directory and try again.',
    )
    const renamed = await call('PUT', `${LBS}/${lb.id}`, { name: 'renamed', tags: input.tags })
    expect(renamed.status).toBe(507)
    for (const path of [`${LBS}/${lb.id}`, LBS, `/fairlead/v1/lbs/${lb.id}/changes`, '/healthz']) {
      expect([path, (await call('GET', path)).status]).toEqual([path, 200])
    }
    expect((await call('GET', `${LBS}/${lb.id}`)).body.name).toBe('shop')
    expect((await call('GET', LBS)).body.total_count).toBe(created)
    // Nodes can connect.
    using again = await follow(controlPlane, 'fr-par-b')
    expect((await again.untilSynced()).length).toBe(created)

    // A control plane that starts now, for example after a crash, also serves reads.
    const next = await runControlPlane({ databaseFile })
    expect((await next.call('GET', LBS)).body.total_count).toBe(created)
    await next.stop()

    disk.free()
    const after = await call('PUT', `${LBS}/${lb.id}`, { name: 'renamed' })
    expect([after.status, after.body.name]).toEqual([200, 'renamed'])
    expect(await again.next()).toMatchObject({ config: { lb_id: lb.id, generation: 2 } })
    using database = new DatabaseSync(databaseFile, { readOnly: true })
    expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    const torn = database.prepare(
      'select id from lbs where (select count(*) from changes where lb_id = lbs.id and generation = 1) <> 4',
    )
    expect(torn.all()).toEqual([])
    node.close()
    again.close()
    database.close()
    await controlPlane.stop()
  })
})
