import { randomBytes } from 'node:crypto'
import { timestamp } from '#lib/control-plane/clock.ts'
import { KEY_BYTES, SecretBox } from '#lib/control-plane/secrets/secret-box.ts'
import type { StoreDialect } from '#lib/control-plane/store/dialect/store-dialect.ts'
import type { Writer } from '#lib/control-plane/store/reader.ts'
import { Store } from '#lib/control-plane/store/store.ts'
import type { LbRow } from '#lib/control-plane/store/tables.ts'

const KEY = new SecretBox(randomBytes(KEY_BYTES))

/** Opens a store whose secrets are encrypted with the contract's key. */
export const openStore = (dialect: StoreDialect) => Store.openOn(dialect, () => KEY)

export const lbRow = (id: string, changes: Partial<LbRow> = {}): LbRow => ({
  id,
  name: id,
  description: '',
  region: 'fr-par',
  zone: 'fr-par-1',
  organization_id: 'o',
  project_id: 'p',
  type: 'lb-s',
  tags: [],
  ssl_compatibility_level: 'ssl_compatibility_level_intermediate',
  master: 'a',
  generation: 0,
  changed_at: timestamp(),
  revision: '',
  subscriber_id: null,
  created_at: timestamp(),
  updated_at: timestamp(),
  ...changes,
})

/** Appends an entry about a load balancer to the history. @returns its ID */
export async function appendChange(writer: Writer, lbId: string): Promise<number> {
  const row = {
    ...{ lb_id: lbId, generation: 1, revision: 'r', at: timestamp(), sequence: timestamp() },
    ...{ actor_kind: 'system' as const, actor_id: 'test', actor_name: 'test', verb: 'update' },
    ...{ address: null, request_id: null, resource_type: 'lb' as const, resource_id: lbId },
    ...{ before: { name: lbId }, after: null },
  }
  const inserted = writer.insertInto('changes').values(row).returning('id')
  return Number((await inserted.executeTakeFirstOrThrow()).id)
}

/** Resolves after some iterations of the event loop, in which other transactions get on. */
export async function iterations(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await new Promise((resolve) => setImmediate(resolve))
}
