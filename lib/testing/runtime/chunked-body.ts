import { lastChunk, writeChunk } from '#lib/runtime/http/message/chunked-encoder.ts'
import type { Field } from '#lib/runtime/http/message/field.ts'

/** A complete chunked body, as it is written to a connection. */
export function chunkedBody(data: readonly Uint8Array[], trailers: readonly Field[] = []): Buffer {
  const parts: Buffer[] = []
  const sink = {
    writeText: (text: string) => void parts.push(Buffer.from(text, 'latin1')),
    writeBytes: (bytes: Buffer) => void parts.push(bytes),
  }
  for (const part of data) writeChunk(sink, Buffer.from(part))
  sink.writeText(lastChunk(trailers))
  return Buffer.concat(parts)
}
