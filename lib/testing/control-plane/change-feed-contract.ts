import { expect, test } from 'vitest'
import { Authority } from '#lib/control-plane/authority/authority.ts'
import { ChangeFeed } from '#lib/control-plane/store/change-feed.ts'
import type { StoreDialect } from '#lib/control-plane/store/dialect/store-dialect.ts'
import { Signal } from '#lib/control-plane/store/signal.ts'
import type { Store } from '#lib/control-plane/store/store.ts'
import { appendChange, iterations, openStore } from './store-fixtures.ts'

/** What a change feed must do on every store. */
export function describeChangeFeed(store: () => Store, connect: () => StoreDialect): void {
  const append = (lbId: string) =>
    store().transaction(Authority.system, (writer) => appendChange(writer, lbId))

  test('the change feed begins at its end, and returns each change once, in commit order', async () => {
    await append('earlier')
    using signals = committed()
    const feed = await ChangeFeed.open(store().reader, signals.commits)
    expect(await feed.read()).toEqual([])
    const ids = [await append('one'), await append('two'), await append('three')]
    const read = async (limit?: number) => (await feed.read(limit)).map(({ lb_id }) => lb_id)
    expect((await feed.read(1)).map(({ id }) => id)).toEqual(ids.slice(0, 1))
    expect(await read()).toEqual(['two', 'three'])
    expect(await read()).toEqual([])
    await append('skipped')
    await feed.skip()
    await append('four')
    expect(await read()).toEqual(['four'])
    feed.close()
  })

  test('the change feed has every change of concurrent writers, also of slow transactions', async () => {
    using signals = committed()
    const feed = await ChangeFeed.open(store().reader, signals.commits)
    const { signal } = signals
    const seen: number[] = []
    let writing = true
    const reading = (async () => {
      while (writing) {
        await feed.wait(1000, signal)
        seen.push(...(await feed.read()).map(({ id }) => id))
      }
      seen.push(...(await feed.read()).map(({ id }) => id))
    })()
    const ids: number[] = []
    const writer = async (pause: number) => {
      for (let at = 0; at < 20; at += 1) {
        // It draws its ID first, and commits after others have had the time to.
        const id = await store().transaction(Authority.system, async (writer) => {
          const drawn = await appendChange(writer, 'x')
          await iterations(pause)
          return drawn
        })
        ids.push(id)
        signals.commits.notify()
      }
    }
    await Promise.all([0, 0, 1, 5, 20].map(writer))
    writing = false
    signals.commits.notify()
    await reading
    feed.close()
    expect(ids).toHaveLength(100)
    expect(seen).toEqual(ids.sort((a, b) => a - b))
  })

  test('the change feed wakes on a commit, and polls for the commits of other processes', async () => {
    using signals = committed()
    const feed = await ChangeFeed.open(store().reader, signals.commits)
    const other = await openStore(connect())
    await other.transaction(Authority.system, (writer) => appendChange(writer, 'other'))
    // No signal: it waits for an hour, or for the poll.
    await feed.wait(3_600_000, signals.signal)
    expect((await feed.read()).map(({ lb_id }) => lb_id)).toEqual(['other'])
    const waiting = feed.wait(3_600_000, signals.signal)
    await append('own')
    const before = performance.now()
    signals.commits.notify()
    await waiting
    expect(performance.now() - before).toBeLessThan(1000)
    expect((await feed.read()).map(({ lb_id }) => lb_id)).toEqual(['own'])
    feed.close()
    await other.close()
  })
}

/** What a reader of the feed is given; aborted at the end. */
function committed() {
  const abort = new AbortController()
  return { commits: new Signal(), signal: abort.signal, [Symbol.dispose]: () => abort.abort() }
}
