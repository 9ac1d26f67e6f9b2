import { detach } from '#lib/process/faults.ts'

/** One JSON a line. */
const jsonLine = (message: unknown) => `${JSON.stringify(message)}\n`

/** Messages as the body of an answer, made no faster than they are read. `onEnd` is called when either side ends it. */
export function messageStream<Message>(
  follow: (signal: AbortSignal) => AsyncGenerator<Message>,
  onEnd: () => void,
  encode: (message: Message) => string = jsonLine,
): ReadableStream<Uint8Array> {
  const abort = new AbortController()
  const messages = follow(abort.signal)
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await messages.next()
        if (!done) return controller.enqueue(encoder.encode(encode(value)))
        onEnd()
        controller.close()
      } catch (error) {
        onEnd()
        controller.error(error)
      }
    },
    cancel() {
      abort.abort()
      // One that waits for its reader hears no signal.
      detach('configuration stream', () => messages.return(undefined))
      onEnd()
    },
  })
}
