import type { ConfigMessage } from '#lib/config/stream.ts'

/**
 * Messages as the body of an answer, one JSON a line, made no faster than they are read. `onEnd` is called once,
 * when either side ends it.
 */
export function messageStream(
  follow: (signal: AbortSignal) => AsyncGenerator<ConfigMessage>,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const abort = new AbortController()
  const messages = follow(abort.signal)
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await messages.next()
        if (!done) return controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
        onEnd()
        controller.close()
      } catch (error) {
        onEnd()
        controller.error(error)
      }
    },
    cancel() {
      abort.abort()
      onEnd()
    },
  })
}
