/** The largest request that is passed on: the control plane's own limit. */
export const BODY_MAX = 1024 * 1024

/** A request's body, or null where it is larger than `max` bytes: then the rest is not read. */
export async function readBody(request: Request, max = BODY_MAX): Promise<ArrayBuffer | null> {
  if (request.body === null) return new ArrayBuffer(0)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Blob(chunks).arrayBuffer()
    size += value.byteLength
    if (size > max) {
      await reader.cancel()
      return null
    }
    chunks.push(value as Uint8Array<ArrayBuffer>)
  }
}
