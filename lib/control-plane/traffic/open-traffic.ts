import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import type { Settings } from '../settings.ts'
import type { Store } from '../store/store.ts'
import { TrafficFile } from './traffic-file.ts'
import { TrafficHistory } from './traffic-history.ts'
import { TrafficTables } from './traffic-tables.ts'

/** Opens the traffic history: a file beside the database, or in the database if several processes share it. */
export async function openTraffic(
  { databaseFile }: Settings,
  { store, lbIds }: { store: Store; lbIds: string[] },
  log: Logger,
): Promise<TrafficHistory> {
  const file = join(dirname(databaseFile), 'traffic.db')
  const records = store.isShared ? new TrafficTables(store) : openTrafficFile(file)
  const traffic = new TrafficHistory(records, (err) => {
    log.error({ err }, 'the traffic history could not be written')
  })
  await traffic.keepOnly(lbIds)
  return traffic
}

function openTrafficFile(file: string): TrafficFile {
  try {
    return new TrafficFile(file)
  } catch (error) {
    const { message } = error as Error
    throw new Error(`${message} The file contains only the traffic history and can be deleted.`, {
      cause: error,
    })
  }
}
