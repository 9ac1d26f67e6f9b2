import type { ControlPlaneHost } from '#lib/testing/cluster/control-plane-host.ts'
import { waitFor } from '#lib/testing/wait.ts'

/** The event stream of a control plane, as an open page follows it. */
export class EventStream {
  readonly #ended = new AbortController()
  readonly #events: { text: string; at: number }[] = []

  /** Resolves when the stream is open. */
  static async open({ apiUrl, secretKey }: ControlPlaneHost): Promise<EventStream> {
    const stream = new EventStream()
    const response = await fetch(`${apiUrl}/fairlead/v1/events`, {
      headers: { 'X-Auth-Token': secretKey },
      signal: stream.#ended.signal,
    })
    if (!response.ok || !response.body) throw new Error(`No event stream: ${response.status}`)
    void stream.#read(response.body).catch(() => {})
    await stream.eventAfter(0, 'resync')
    return stream
  }

  /** When the first event with such a text arrived after a time. */
  async eventAfter(at: number, text: string): Promise<number> {
    const found = () => this.#events.find((one) => one.at > at && one.text.includes(text))
    return (await waitFor(`the event ${text}`, found)).at
  }

  close(): void {
    this.#ended.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const bytes of body) {
      const at = performance.now()
      const events = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) this.#events.push({ text: event, at })
    }
  }
}
