import { expect, test } from 'vitest'
import { Authority } from '#lib/control-plane/authority/authority.ts'
import { timestamp } from '#lib/control-plane/clock.ts'
import { contains } from '#lib/control-plane/store/filters.ts'
import { folded } from '#lib/control-plane/store/folded-columns.ts'
import { readPage } from '#lib/control-plane/store/page.ts'
import type { Store } from '#lib/control-plane/store/store.ts'
import type { LbRow, Tables } from '#lib/control-plane/store/tables.ts'
import { appendChange, lbRow } from './store-fixtures.ts'

/** What values must be and how they compare on every store. */
export function describeValues(store: () => Store): void {
  const insertLb = (row: LbRow) =>
    store().transaction(Authority.system, (writer) =>
      writer.insertInto('lbs').values(row).execute(),
    )
  const lbsIn = (project: string) =>
    store().reader.selectFrom('lbs').where('project_id', '=', project)
  const namesIn = async (project: string) =>
    (await lbsIn(project).select('name').orderBy(folded('name')).execute()).map(({ name }) => name)

  test('texts are stored unchanged: empty, with quotes, backslashes, and beyond the BMP', async () => {
    const texts = [
      '',
      ' ',
      '\'"`',
      '\\',
      '\\n',
      '$1 ?1 :a %s',
      'é',
      'e\u0301',
      '\u{1f600}',
      '\ufeff',
    ]
    for (const [at, name] of texts.entries()) {
      await insertLb(lbRow(`text-${at}`, { name, project_id: 'texts', tags: texts }))
    }
    const rows = await lbsIn('texts').select(['id', 'name', 'tags']).execute()
    expect(rows).toHaveLength(texts.length)
    for (const { id, name, tags } of rows) {
      expect([id, name, tags]).toEqual([id, texts[Number(id.slice(5))], texts])
    }
    const empty = lbsIn('texts').select('name').where('name', '=', '')
    expect(await empty.execute()).toEqual([{ name: '' }])
  })

  test('a half of a surrogate pair is stored as the replacement character', async () => {
    await insertLb(lbRow('surrogate', { name: 'a\ud83db', tags: ['\ude00'] }))
    const row = store().reader.selectFrom('lbs').select(['name', 'tags'])
    const [{ name, tags } = {}] = await row.where('id', '=', 'surrogate').execute()
    expect(name).toBe('a\ufffdb')
    // JSON escapes it.
    expect(tags).toEqual(['\ude00'])
  })

  test('texts are sorted by code point, not by UTF-16 units or a language', async () => {
    const sorted = ['!', '0', '10', '9', '_', 'a-c', 'ab', 'z', 'é', 'ﬁ', '\u{10000}']
    for (const name of sorted.toReversed()) {
      await insertLb(lbRow(`sorted-${name}`, { name, project_id: 'sorted' }))
    }
    const order = ['!', '0', '10', '9', '_', 'a-c', 'ab', 'ﬁ', 'z', 'é', '\u{10000}']
    expect(await namesIn('sorted')).toEqual(order)
    const raw = lbsIn('sorted').select('name').orderBy('name')
    expect((await raw.execute()).map(({ name }) => name)).toEqual(sorted)
  })

  test('a search takes %, _ and backslashes literally', async () => {
    for (const name of ['100%', '100x', 'a_b', 'axb', 'c\\d']) {
      await insertLb(lbRow(`like-${name}`, { name, project_id: 'like' }))
    }
    for (const [part, found] of [
      ['0%', '100%'],
      ['a_b', 'a_b'],
      ['\\', 'c\\d'],
    ] as const) {
      const names = await lbsIn('like').select('name').where(contains('name', part)).execute()
      expect([part, names]).toEqual([part, [{ name: found }]])
    }
  })

  test('integers are exact up to the largest that JavaScript has', async () => {
    const large = Number.MAX_SAFE_INTEGER
    const at = timestamp()
    const rows = [0, 2 ** 31, 2 ** 32, large].map((address_number, index) => ({
      ...{ id: `large-${index}`, lb_id: null, reverse: '', tags: [], ip_address: `large-${index}` },
      ...{ region: 'nl-ams' as const, zone: 'nl-ams-1' as const, organization_id: 'o' },
      ...{ project_id: 'large', address_number, created_at: at, updated_at: at },
    }))
    await store().transaction(Authority.system, (writer) =>
      writer.insertInto('ips').values(rows).execute(),
    )
    const ips = store().reader.selectFrom('ips').where('project_id', '=', 'large')
    const read = await ips.select('address_number').orderBy('address_number', 'desc').execute()
    expect(read.map((row) => row.address_number)).toEqual([large, 2 ** 32, 2 ** 31, 0])
    const above = ips.select('id').where('address_number', '>', 2 ** 32)
    expect(await above.execute()).toEqual([{ id: 'large-3' }])
  })

  test('fractions are read as they were written', async () => {
    await insertLb(lbRow('gaps'))
    const gaps = [0, 0.1, 120.5, 1e-9, 123_456_789.123]
    const failovers = gaps.map((gap_ms, at) => ({
      ...{ id: `gap-${at}`, lb_id: 'gaps', at: timestamp(), reason: 'planned' as const },
      ...{ from_cluster: 'a' as const, to_cluster: 'b' as const, gap_ms },
    }))
    await store().transaction(Authority.system, (writer) =>
      writer.insertInto('failovers').values(failovers).execute(),
    )
    const read = store().reader.selectFrom('failovers').select('gap_ms').where('lb_id', '=', 'gaps')
    expect((await read.orderBy('sequence').execute()).map((row) => row.gap_ms)).toEqual(gaps)
  })

  test('pages have every row once, also if many have the same name', async () => {
    for (let at = 0; at < 25; at += 1) {
      const name = at % 2 === 0 ? 'same' : 'SAME'
      await insertLb(lbRow(`page-${at}`, { name, project_id: 'pages' }))
    }
    const seen: string[] = []
    for (let page = 1; page <= 3; page += 1) {
      const filter = { page, page_size: 10, order_by: 'name_asc' as const }
      const { rows, total } = await readPage(store().reader, 'lbs', lbsIn('pages'), filter)
      expect(total).toBe(25)
      seen.push(...rows.map(({ id }) => id))
    }
    expect(seen).toEqual(seen.toSorted())
    expect(new Set(seen).size).toBe(25)
  })

  test('counts, sums and the maximum of nothing are numbers or null', async () => {
    const none = lbsIn('none').select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.max('generation').as('max'),
    ])
    const { count, max } = await none.executeTakeFirstOrThrow()
    expect([Number(count), max]).toEqual([0, null])
  })

  test('JSON keeps its order of keys, nesting and null', async () => {
    const id = await store().transaction(Authority.system, (writer) => appendChange(writer, 'json'))
    const after = { z: 1, a: [null, { b: false }], long: 1.5, text: '"\\u0000\n' }
    await store().transaction(Authority.system, (writer) =>
      writer.updateTable('changes').set({ after }).where('id', '=', id).execute(),
    )
    const row = await store()
      .reader.selectFrom('changes')
      .select(['after', 'before'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    expect(JSON.stringify(row.after)).toBe(JSON.stringify(after))
  })

  test('a unique column refuses the same value once the first has been committed', async () => {
    const row = { key: 'unique', value: '1' } satisfies Tables['settings']
    const insert = () =>
      store().transaction(Authority.system, (writer) =>
        writer.insertInto('settings').values(row).execute(),
      )
    const outcomes = await Promise.allSettled([insert(), insert(), insert()])
    expect(outcomes.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason.message).toMatch(/unique constraint/i)
    }
  })
}
