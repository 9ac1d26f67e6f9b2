import type { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import type { Store } from '../store/store.ts'
import type { Commits } from './commits.ts'

/** Tells which regions have load balancers, at once and whenever that changes. Returns how to stop. */
export async function watchRegions(
  store: Store,
  commits: Commits,
  tell: (regions: Region[]) => void,
): Promise<() => void> {
  let told: string | null = null
  const look = async () => {
    const rows = await store.reader.selectFrom('lbs').select('region').distinct().execute()
    const regions = REGIONS.filter((region) => rows.some((row) => row.region === region))
    if (regions.join() === told) return
    told = regions.join()
    tell(regions)
  }
  // One look at a time, in the order of the commits; one that failed does not keep the next from looking.
  let looking = look()
  const stop = commits.subscribe(() => {
    looking = looking.catch(() => {}).then(look)
  })
  await looking
  return stop
}
