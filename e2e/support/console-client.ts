import type { Installation } from './installation.ts'

// biome-ignore lint/suspicious/noExplicitAny: responses of every shape.
type Answer = { status: number; body: any; headers: Headers }

/** A browser's requests to the consoles of an installation, with one jar of cookies for all of them. */
export class ConsoleClient {
  readonly #jar = new Map<string, string>()

  /** A request to a console's own path, such as `/api/session`. */
  async call(
    { consoleUrl }: Pick<Installation, 'consoleUrl'>,
    method: string,
    path: string,
    body?: object,
    more: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(consoleUrl + path, {
      method,
      redirect: 'manual',
      headers: {
        cookie: this.#cookies(),
        origin: consoleUrl,
        ...(body && { 'content-type': 'application/json' }),
        ...more,
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      body: isJson && text ? JSON.parse(text) : text,
      headers: response.headers,
    }
  }

  /** Opens the event stream of a console. */
  async follow({ consoleUrl }: Pick<Installation, 'consoleUrl'>, lbId?: string) {
    const abort = new AbortController()
    const query = lbId === undefined ? '' : `?lb_id=${lbId}`
    const response = await fetch(`${consoleUrl}/api/fairlead/v1/events${query}`, {
      headers: { cookie: this.#cookies() },
      signal: abort.signal,
    })
    if (response.status !== 200 || !response.body) throw new Error(`events: ${response.status}`)
    return new OpenEvents(response.body, abort)
  }

  #cookies(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #keep(line: string): void {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
    if (/max-age=0/i.test(line)) this.#jar.delete(name)
    else this.#jar.set(name, value)
  }
}

/** An open event stream. */
class OpenEvents {
  readonly #abort: AbortController
  readonly #ended: Promise<void>
  /** The types of the events so far, with the times at which they arrived. */
  readonly received: { type: string; at: number }[] = []
  /** When it was ended by the console; null while it is open. */
  endedAt: number | null = null

  constructor(body: ReadableStream<Uint8Array>, abort: AbortController) {
    this.#abort = abort
    this.#ended = this.#read(body).catch(() => {})
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      const at = performance.now()
      for (const line of lines) {
        const type = /^event: (\w+)/.exec(line)?.[1]
        if (type) this.received.push({ type, at })
      }
    }
    this.endedAt = performance.now()
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#ended
  }
}
