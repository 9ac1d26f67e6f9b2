import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import {
  joinNode,
  openNodeRequest,
  postToNodeListener,
  runJoinableControlPlane,
} from '#lib/testing/control-plane/joined-node.ts'
import type { RunningControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { followRequest } from '#lib/testing/control-plane/test-nodes.ts'
import { databaseOn } from '#lib/testing/control-plane/test-postgres.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'

const NODES = '/fairlead/v1/nodes'

describe.skipIf(missingPrograms('postgres'))('a node that another control plane removed', () => {
  let server: ServerProgram
  let directory: string
  let one: RunningControlPlane
  let other: RunningControlPlane
  beforeAll(async () => {
    server = await startPostgres('127.0.0.1', await freePort())
    directory = mkdtempSync(join(tmpdir(), 'fairlead-removed-'))
    const keyFile = join(directory, 'secrets.key')
    const shared = { database: databaseOn(server), keyFile, hasLocalNodes: false, nodes: [] }
    one = await runJoinableControlPlane(shared)
    other = await runJoinableControlPlane(shared)
  })
  afterAll(async () => {
    await one?.stop()
    await other?.stop()
    await server.remove()
    rmSync(directory, { recursive: true })
  })

  const atOther = async () => {
    const { body: list } = await other.call('GET', NODES)
    const { body: diverged } = await other.call('GET', '/fairlead/v1/divergences')
    const { body: placement } = await other.call('GET', '/fairlead/v1/regions/nl-ams/placement')
    return {
      names: list.nodes
        .map(({ name }: { name: string }) => name)
        .filter((name: string) => /^ams/.test(name)),
      diverged: diverged.divergences.length,
      pairs: placement.pairs.length,
    }
  }

  test('is gone from its lists, pairs, divergences and streams', async () => {
    const region = 'nl-ams' as const
    const node = await joinNode(one, { region, name: 'ams-1' }, { address: '10.0.1.1' })
    await joinNode(
      one,
      { region, cluster: 'b', name: 'ams-2' },
      { host: 'host-3', address: '10.0.1.2' },
    )
    await expect.poll(atOther).toEqual({ names: ['ams-1', 'ams-2'], diverged: 0, pairs: 1 })
    const changed_at = new Date().toISOString()
    const foreign = { generation: 7, revision: 'foreign', changed_at, address: null }
    const request = followRequest({ known: { [randomUUID()]: foreign } })
    const opened = await Promise.all([
      openNodeRequest(other, configPath(1), request, node.identity),
      openNodeRequest(other, '/nodes/v1/host', { host: 'h', version: '1' }, node.identity),
    ])
    const ended = opened.map(async (stream) => {
      for await (const _chunk of stream);
    })
    await expect.poll(atOther).toMatchObject({ diverged: 1 })

    const began = performance.now()
    expect((await one.call('DELETE', `${NODES}/ams-1`)).status).toBe(204)
    await Promise.all(ended)
    await expect
      .poll(atOther, { interval: 10 })
      .toEqual({ names: ['ams-2'], diverged: 0, pairs: 0 })
    process.stdout.write(
      `a removed node was gone at the other control plane after ${Math.round(performance.now() - began)} ms\n`,
    )
    const report = { lbs: [] }
    const refused = await postToNodeListener(other, reportPath(1), report, node.identity)
    expect([refused.status, refused.body.reason]).toEqual([403, 'removed'])
  })
})
