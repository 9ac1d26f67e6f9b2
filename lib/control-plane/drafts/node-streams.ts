import type { WorkerName } from '#lib/config/stream.ts'
import { NodeStream } from './node-stream.ts'

type Waiting = (stream: NodeStream | null) => void

/** The streams that nodes have open now; what is asked of a node is asked of its first worker. */
export class NodeStreams {
  readonly #streams = new Map<WorkerName, NodeStream>()
  readonly #waiting = new Map<Waiting, WorkerName>()

  /** A node has opened its stream. Call `leave` when it ends. */
  connect(node: WorkerName): { stream: NodeStream; leave: () => void } {
    const stream = new NodeStream()
    this.#streams.get(node)?.end()
    this.#streams.set(node, stream)
    for (const [done, wanted] of this.#waiting) if (wanted === node) done(stream)
    const leave = () => {
      stream.end()
      // A restarted node may have connected before the end of its old stream was noticed.
      if (this.#streams.get(node) === stream) this.#streams.delete(node)
    }
    return { stream, leave }
  }

  /** A node's stream, where it has one open. */
  get(node: WorkerName): NodeStream | undefined {
    return this.#streams.get(node)
  }

  /** A node's stream as soon as it has one; null after `ms`. */
  within(node: WorkerName, ms: number): Promise<NodeStream | null> {
    const open = this.#streams.get(node)
    if (open) return Promise.resolve(open)
    return new Promise((resolve) => {
      const done: Waiting = (stream) => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve(stream)
      }
      const timer = setTimeout(done, ms, null)
      this.#waiting.set(done, node)
    })
  }
}
