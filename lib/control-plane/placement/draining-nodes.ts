import { timestamp } from '../clock.ts'
import type { CachedTable } from '../store/caches.ts'
import type { Reader, Writer } from '../store/reader.ts'

/** The nodes on which nothing new is placed, in the table `draining_nodes` and in memory. */
export class DrainingNodes {
  #ids: ReadonlySet<string>

  private constructor(ids: ReadonlySet<string>) {
    this.#ids = ids
  }

  static async open(reader: Reader): Promise<DrainingNodes> {
    return new DrainingNodes(await readIds(reader))
  }

  has(nodeId: string): boolean {
    return this.#ids.has(nodeId)
  }

  /** Writes whether a node is draining. `note` makes it count, after the commit. */
  async write(writer: Writer, nodeId: string, isDraining: boolean): Promise<void> {
    await writer.deleteFrom('draining_nodes').where('node_id', '=', nodeId).execute()
    if (!isDraining) return
    const row = { node_id: nodeId, since: timestamp() }
    await writer.insertInto('draining_nodes').values(row).execute()
  }

  note(nodeId: string, isDraining: boolean): void {
    const ids = new Set(this.#ids)
    if (isDraining) ids.add(nodeId)
    else ids.delete(nodeId)
    this.#ids = ids
    this.cache.written([nodeId])
  }

  readonly cache: CachedTable = {
    table: 'draining_nodes',
    reread: async (reader, keys) => {
      const before = this.#ids
      const ids = await readIds(reader)
      return () => {
        if (this.#ids !== before) return [...(keys ?? ids)]
        this.#ids = ids
        return []
      }
    },
    written: () => {},
  }
}

async function readIds(reader: Reader): Promise<ReadonlySet<string>> {
  const rows = await reader.selectFrom('draining_nodes').select('node_id').execute()
  return new Set(rows.map(({ node_id }) => node_id))
}
