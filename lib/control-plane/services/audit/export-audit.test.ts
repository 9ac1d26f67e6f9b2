import { expect, test } from 'vitest'
import { ExportAudit } from '#lib/core/audit.ts'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { Authority } from '../../authority/authority.ts'
import { exportAudit } from './export-audit.ts'

const LINES = 1000

test('the event loop runs between the pages of an export that matches no line', async () => {
  const store = await openTestStore()
  await store.transaction(Authority.system, async (writer) => {
    for (let at = 0; at < LINES; at += 1) {
      const stamped = store.stamp()
      const own = { event: 'login', kind: 'logins', source: 'ada', details: null, detail: null }
      const whole = { ...own, actor_kind: 'account', actor_name: 'ada', address: '192.0.2.1' }
      const times = { at: stamped.at, last_at: stamped.at, count: 1, feed_count: 1 }
      const position = { sequence: stamped.sequence, feed_position: stamped.sequence }
      const row = { ...whole, ...times, ...position, request_id: null }
      await writer
        .insertInto('audit')
        .values(row as never)
        .execute()
    }
  })
  let iterations = 0
  const onIteration = () => {
    iterations += 1
    immediate = setImmediate(onIteration)
  }
  let immediate = setImmediate(onIteration)
  const query = ExportAudit.parse({ actor: 'nobody' })
  const { signal } = new AbortController()
  const lines = exportAudit({ reader: store.reader, query, checkRight: async () => {}, signal })
  expect(await lines.next()).toEqual({ done: true, value: undefined })
  clearImmediate(immediate)
  // At least one per page.
  expect(iterations).toBeGreaterThanOrEqual(LINES / 100)
  await store.close()
})
