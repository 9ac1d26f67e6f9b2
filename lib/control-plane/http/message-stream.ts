import { contain, detach } from '#lib/process/faults.ts'

/** One JSON a line. */
const jsonLine = (message: unknown) => `${JSON.stringify(message)}\n`

export type Messages<Message> = {
  /** Makes them, until the signal is aborted. */
  follow: (signal: AbortSignal) => AsyncGenerator<Message>
  /** Called once, whichever side ends it. */
  onEnd: () => void
  encode?: (message: Message) => string | Uint8Array
}

/** A stream that the client does not read ends after this time. */
export const UNREAD_MS = 30_000

/**
 * Messages as the body of an answer, made no faster than they are read. Where the latest isn't read within `unreadMs`, the
 * stream ends.
 * @param onUnread closes the connection, which waits for its reader and does not see the end of the stream
 */
export function messageStream<Message>(
  { follow, onEnd, encode = jsonLine }: Messages<Message>,
  onUnread: () => void = () => {},
  unreadMs = UNREAD_MS,
): ReadableStream<Uint8Array> {
  const abort = new AbortController()
  const messages = follow(abort.signal)
  const encoder = new TextEncoder()
  let unread: NodeJS.Timeout | undefined
  let ended = false
  const end = () => {
    clearTimeout(unread)
    if (ended) return
    ended = true
    onEnd()
  }
  const stop = () => {
    abort.abort()
    // One that waits for its reader hears no signal.
    detach('configuration stream', () => messages.return(undefined))
    end()
  }
  const onLate = contain('configuration stream', () => {
    stop()
    onUnread()
  })
  return new ReadableStream({
    async pull(controller) {
      clearTimeout(unread)
      try {
        const { done, value } = await messages.next()
        if (ended) return
        if (done) {
          end()
          controller.close()
          return
        }
        unread = setTimeout(onLate, unreadMs)
        const text = encode(value)
        controller.enqueue(typeof text === 'string' ? encoder.encode(text) : text)
      } catch (error) {
        end()
        controller.error(error)
      }
    },
    cancel: stop,
  })
}
