import { contain } from '#lib/process/faults.ts'
import { type CheckReport, type NodeName, nodeOf, type WorkerName } from '#lib/protocol/stream.ts'
import { NodeStream } from './node-stream.ts'

type Waiting = (stream: NodeStream | null) => void

/** The streams that nodes have open now, one for each worker. What is asked of a node is asked of any of them. */
export class NodeStreams {
  readonly #streams = new Map<WorkerName, NodeStream>()
  readonly #waiting = new Map<Waiting, NodeName>()

  /** A node's worker has opened its stream. Call `leave` when it ends. */
  connect(worker: WorkerName): { stream: NodeStream; leave: () => void } {
    const stream = new NodeStream()
    this.#streams.get(worker)?.end()
    this.#streams.set(worker, stream)
    for (const [done, wanted] of this.#waiting) if (wanted === nodeOf(worker)) done(stream)
    const leave = () => {
      stream.end()
      // A restarted worker may have connected before the end of its old stream was noticed.
      if (this.#streams.get(worker) === stream) this.#streams.delete(worker)
    }
    return { stream, leave }
  }

  /** A node has answered what it was asked on one of its streams. */
  answer(node: NodeName, id: string, report: CheckReport): void {
    for (const stream of this.#of(node)) stream.answer(id, report)
  }

  /** A stream of a node as soon as it has one; null after `ms`. */
  within(node: NodeName, ms: number): Promise<NodeStream | null> {
    const [open] = this.#of(node)
    if (open) return Promise.resolve(open)
    return new Promise((resolve) => {
      const done: Waiting = (stream) => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve(stream)
      }
      const late = () => done(null)
      const onLate = contain('draft check', late, late)
      const timer = setTimeout(onLate, ms)
      this.#waiting.set(done, node)
    })
  }

  #of(node: NodeName): NodeStream[] {
    return [...this.#streams].flatMap(([worker, stream]) => (nodeOf(worker) === node ? stream : []))
  }
}
