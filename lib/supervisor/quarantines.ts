import { readFileSync } from 'node:fs'
import { replaceFile } from '#lib/process/replace-file.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { type QuarantinedLb, QuarantineFile, quarantinePath } from '#lib/protocol/quarantine.ts'
import type { Work } from '#lib/protocol/work-record.ts'
import type { Blame } from './blame.ts'

/** A generation is quarantined on a node after this many ends of its processes within this time (milliseconds). */
export const ENDS_MAX = 2
export const ENDS_WITHIN_MS = 10 * 60_000

/**
 * The quarantine of each node, and the ends that are counted against generations. Saved next to the node's last good
 * configurations before the node restarts, so that neither those nor the control plane bring the generation back.
 */
export class Quarantines {
  readonly #dataDir: string
  readonly #nodes = new Map<NodeName, QuarantineFile>()
  readonly #onError: (error: unknown) => void

  /** @param onError a file can't be written; its content stays in effect until this process ends */
  constructor(dataDir: string, onError: (error: unknown) => void) {
    this.#dataDir = dataDir
    this.#onError = onError
  }

  of(node: NodeName): QuarantinedLb[] {
    return this.#read(node).quarantined
  }

  /**
   * Counts the end of a node's process against a generation.
   * @param now Unix time, milliseconds
   * @returns the quarantine, if this end caused it
   */
  blame(node: NodeName, { lb_id, generation, cause }: Blame, now: number): QuarantinedLb | null {
    const { ends, quarantined } = this.#read(node)
    const at = new Date(now).toISOString()
    // The absolute difference, as the clock may have been set back.
    const recent = ends.filter((end) => Math.abs(now - Date.parse(end.at)) <= ENDS_WITHIN_MS)
    const all = [...recent, { lb_id, generation, at, cause }]
    const count = all.filter((end) => isOf(end, { lb_id, generation })).length
    if (count < ENDS_MAX) {
      this.#write(node, { ends: all, quarantined })
      return null
    }
    const quarantine = { lb_id, generation, since: at, cause }
    const others = quarantined.filter((one) => !isOf(one, quarantine))
    this.#write(node, { ends: all, quarantined: [...others, quarantine] })
    return quarantine
  }

  /** The node runs and has saved a newer generation, or the load balancer is deleted. @returns whether it was quarantined */
  release(node: NodeName, lbId: string): boolean {
    const { ends, quarantined } = this.#read(node)
    const remaining = quarantined.filter(({ lb_id }) => lb_id !== lbId)
    if (remaining.length === quarantined.length) return false
    const isOlder = (one: Work) =>
      quarantined.some((other) => other.lb_id === one.lb_id && one.generation <= other.generation)
    this.#write(node, {
      ends: ends.filter((end) => end.lb_id !== lbId || !isOlder(end)),
      quarantined: remaining,
    })
    return true
  }

  #read(node: NodeName): QuarantineFile {
    const known = this.#nodes.get(node)
    if (known) return known
    const file = readQuarantineFile(quarantinePath(this.#dataDir, node))
    this.#nodes.set(node, file)
    return file
  }

  #write(node: NodeName, content: QuarantineFile): void {
    this.#nodes.set(node, content)
    try {
      replaceFile(quarantinePath(this.#dataDir, node), JSON.stringify(content))
    } catch (error) {
      this.#onError(error)
    }
  }
}

const isOf = (one: Work, other: Work) =>
  one.lb_id === other.lb_id && one.generation === other.generation

function readQuarantineFile(path: string): QuarantineFile {
  try {
    return QuarantineFile.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return { ends: [], quarantined: [] }
  }
}
