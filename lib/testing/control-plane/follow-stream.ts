import type { NodeName } from '#lib/protocol/node-name.ts'
import type { QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { LbReport, NodeReport } from '#lib/protocol/report.ts'
import type { ConfigMessage, FollowRequest } from '#lib/protocol/stream.ts'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import type { RunningControlPlane } from './running-control-plane.ts'
import { followRequest, nodeHeaders } from './test-nodes.ts'

/** The configurations of a node that has applied these messages. */
export function knownFrom(messages: ConfigMessage[]): FollowRequest['known'] {
  const configs = messages.flatMap((message) => (message.type === 'apply' ? message.config : []))
  return Object.fromEntries(
    configs.map(({ lb_id, generation, revision = '', changed_at, address }) => [
      lb_id,
      { generation, revision, changed_at, address },
    ]),
  )
}

/** Follows a control plane as a node does. */
export async function follow(
  controlPlane: Pick<RunningControlPlane, 'url'>,
  node: NodeName,
  known: FollowRequest['known'] = {},
) {
  const headers = nodeHeaders(node)
  const abort = new AbortController()
  const response = await fetch(controlPlane.url + configPath(1), {
    method: 'POST',
    headers,
    body: JSON.stringify(followRequest({ known })),
    signal: abort.signal,
  })
  if (!response.body) throw new Error('The stream has no body')
  const messages = lines(response.body)

  /** The next message that is not a ping, without its position, which only some databases have. */
  async function next(): Promise<ConfigMessage> {
    for (;;) {
      const { value, done } = await messages.next()
      if (done) throw new Error('The stream has ended')
      if (value.type !== 'ping') return { ...value, as_of: undefined } as ConfigMessage
    }
  }

  /** All messages up to `synced`. */
  async function untilSynced(): Promise<ConfigMessage[]> {
    const all: ConfigMessage[] = []
    for (let message = await next(); message.type !== 'synced'; message = await next()) {
      all.push(message)
    }
    return all
  }

  const reportAll = async (report: NodeReport) => {
    const body = JSON.stringify(report)
    await fetch(controlPlane.url + reportPath(1), { method: 'POST', headers, body })
  }
  const report = (...lbs: LbReport[]) => reportAll({ lbs })
  /** Reports all generations in quarantine. */
  const quarantine = (...quarantined: QuarantinedLb[]) => reportAll({ lbs: [], quarantined })
  return {
    response,
    messages,
    next,
    untilSynced,
    report,
    reportAll,
    quarantine,
    close: () => abort.abort(),
    [Symbol.dispose]: () => abort.abort(),
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<ConfigMessage> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    const complete = rest.split('\n')
    rest = complete.pop() ?? ''
    for (const line of complete) yield JSON.parse(line)
  }
}
