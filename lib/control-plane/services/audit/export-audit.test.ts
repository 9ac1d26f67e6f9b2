import { expect, test } from 'vitest'
import { ExportAudit } from '#lib/core/audit.ts'
import { Authority } from '../../authority/authority.ts'
import { Store } from '../../store/store.ts'
import { exportAudit } from './export-audit.ts'

const LINES = 1000

test('others are served while an export looks for lines that there are not', async () => {
  const store = await Store.open(':memory:')
  await store.transaction(Authority.system, async (writer) => {
    for (let at = 0; at < LINES; at += 1) {
      const stamped = store.stamp()
      const own = { event: 'login', kind: 'logins', source: 'ada', details: null, detail: null }
      const whole = { ...own, actor_kind: 'account', actor_name: 'ada', address: '192.0.2.1' }
      const times = { at: stamped.at, last_at: stamped.at, count: 1, feed_count: 1 }
      const place = { sequence: stamped.sequence, feed_position: stamped.sequence }
      const row = { ...whole, ...times, ...place, request_id: null }
      await writer
        .insertInto('audit')
        .values(row as never)
        .execute()
    }
  })
  let turns = 0
  const onTurn = () => {
    turns += 1
    immediate = setImmediate(onTurn)
  }
  let immediate = setImmediate(onTurn)
  const query = ExportAudit.parse({ actor: 'nobody' })
  const { signal } = new AbortController()
  const requireRight = async () => {}
  const lines = exportAudit({ reader: store.reader, query, requireRight, signal })
  expect(await lines.next()).toEqual({ done: true, value: undefined })
  clearImmediate(immediate)
  // One for each page at least.
  expect(turns).toBeGreaterThanOrEqual(LINES / 100)
  await store.close()
})
