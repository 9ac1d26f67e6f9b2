import { Authority } from '#lib/control-plane/authority/authority.ts'
import { changeLb } from '#lib/control-plane/services/change.ts'
import { Signal } from '#lib/control-plane/store/signal.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { openStore } from './store-fixtures.ts'
import { connectPostgres } from './test-postgres.ts'

/** What a process writes: `each` changes by each of its writers, to these load balancers in turn. */
export type WriterTask = {
  address: DatabaseAddress
  lbIds: string[]
  writers: number
  each: number
}

const task = JSON.parse(process.argv[2] ?? '') as WriterTask
const store = await openStore(connectPostgres(task.address))
const commits = new Signal()
const stopSharing = store.shareCommits(commits)
const ctx = {
  ...{ store, commits, authority: Authority.system, origin: null },
  actor: { kind: 'system' as const, id: 'test', name: 'test' },
}

async function write(first: number): Promise<void> {
  for (let at = 0; at < task.each; at += 1) {
    const id = task.lbIds[(first + at) % task.lbIds.length] ?? ''
    await changeLb(ctx, id, async (writer, _at, lb) => {
      const name = `${process.pid}-${first}-${at}`
      await writer.updateTable('lbs').set({ name }).where('id', '=', id).execute()
      const entry = { verb: 'update', type: 'lb' as const, id, before: lb, after: { ...lb, name } }
      return { entries: [entry], result: async () => undefined }
    })
  }
}

await Promise.all(Array.from({ length: task.writers }, (_, first) => write(first)))
await stopSharing()
await store.close()
