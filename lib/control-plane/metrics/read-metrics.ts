import type { Context } from '../context.ts'
import { nextIteration } from '../yield-every.ts'
import { familyText } from './exposition.ts'
import { families } from './families.ts'
import { takeSnapshot } from './snapshot.ts'

/** All metrics in Prometheus' text format, some thousands of lines at a time: with many load balancers others get their turn. */
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
