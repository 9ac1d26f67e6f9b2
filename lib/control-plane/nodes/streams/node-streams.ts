import type { Cluster, Region } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import { contain } from '#lib/process/faults.ts'
import type { CheckReport } from '#lib/protocol/stream.ts'
import { NodeStream } from './node-stream.ts'

type OpenStream = { node: RegisteredNode; worker: number; stream: NodeStream }
type Waiter = { region: Region; cluster: Cluster; settle: (stream: NodeStream | null) => void }

/** The streams that workers of nodes have open. */
export class NodeStreams {
  readonly #open = new Set<OpenStream>()
  readonly #waiters = new Set<Waiter>()

  /** A worker has opened its stream. Call `disconnect` when the stream ends. */
  connect(node: RegisteredNode, worker: number): { stream: NodeStream; disconnect: () => void } {
    // A restarted worker may connect before the end of its old stream is noticed.
    const former = [...this.#open].find((one) => one.node.id === node.id && one.worker === worker)
    if (former) this.#close(former)
    const opened = { node, worker, stream: new NodeStream() }
    this.#open.add(opened)
    for (const waiter of this.#waiters) if (isOn(waiter, node)) waiter.settle(opened.stream)
    return { stream: opened.stream, disconnect: () => this.#close(opened) }
  }

  /** A worker has posted the outcome of a draft check. Its node may have several, and any may have opened the stream. */
  receiveCheck(node: RegisteredNode, checkId: string, report: CheckReport): void {
    for (const one of this.#open) if (one.node.id === node.id) one.stream.receive(checkId, report)
  }

  /** The stream of a worker of a node on a cluster, as soon as one is open; null after `timeoutMs`. */
  waitFor(region: Region, cluster: Cluster, timeoutMs: number): Promise<NodeStream | null> {
    const open = [...this.#open].find(({ node }) => isOn({ region, cluster }, node))
    if (open) return Promise.resolve(open.stream)
    return new Promise((resolve) => {
      const settle = (stream: NodeStream | null) => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        resolve(stream)
      }
      const waiter: Waiter = { region, cluster, settle }
      const timeOut = () => settle(null)
      const onTimeout = contain('draft check', timeOut, timeOut)
      const timer = setTimeout(onTimeout, timeoutMs)
      this.#waiters.add(waiter)
    })
  }

  #close(one: OpenStream): void {
    one.stream.close()
    this.#open.delete(one)
  }
}

function isOn(target: Pick<Waiter, 'region' | 'cluster'>, node: RegisteredNode): boolean {
  return target.region === node.region && target.cluster === node.cluster
}
