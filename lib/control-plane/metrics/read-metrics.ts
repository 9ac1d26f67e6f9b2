import type { Context } from '../context.ts'
import { nextIteration } from '../yield-every.ts'
import { familyText } from './exposition.ts'
import { families } from './families.ts'
import { takeSnapshot } from './snapshot.ts'

/** Yields all metrics in Prometheus' text format, in chunks with an iteration of the event loop between them. */
export async function* readMetrics({
  store,
  fleet,
}: Pick<Context, 'store' | 'fleet'>): AsyncGenerator<string> {
  for (const family of families(await takeSnapshot(store.reader, fleet))) {
    for (const text of familyText(family)) {
      yield text
      await nextIteration()
    }
  }
}
