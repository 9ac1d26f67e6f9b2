import { expect, test } from 'vitest'
import { copyRow } from '#lib/testing/control-plane/copy-row.ts'
import { backendInput, runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { lbBatches } from './lb-batches.ts'

const PARIS = '/lb/v1/regions/fr-par'

test('many small load balancers form one batch, and a large one forms its own, in order', async () => {
  await using controlPlane = await runControlPlane()
  const ids: string[] = []
  const backends: string[] = []
  for (let at = 0; at < 6; at += 1) {
    const body = { name: `lb ${at}`, backends: [backendInput()] }
    const { id } = (await controlPlane.call('POST', `${PARIS}/lbs`, body)).body
    ids.push(id)
    const list = await controlPlane.call('GET', `${PARIS}/lbs/${id}/backends`)
    backends.push(list.body.backends[0].id)
  }
  const { database } = controlPlane
  const servers = Array.from({ length: 1000 }, (_, at) => `10.100.${at >> 8}.${at & 255}`)
  // Many rules weigh as much as few with many servers.
  await copyRow(database, 'backends', backends[2] ?? '', 1999, () => ({}))
  await copyRow(database, 'backends', backends[3] ?? '', 40, () => ({ servers }))
  const batches: string[][] = []
  for await (const batch of lbBatches(database, ids)) batches.push(batch)
  expect(batches).toEqual([ids.slice(0, 2), [ids[2]], [ids[3]], ids.slice(4)])
})
