/** Where a message is written to, piece by piece. */
export interface ByteSink {
  /** Latin1. */
  text(text: string): void
  bytes(bytes: Buffer): void
}

/** Writes one chunk of a chunked body (RFC 9112 section 7.1). */
export function writeChunk(sink: ByteSink, data: Buffer): void {
  sink.text(`${data.length.toString(16)}\r\n`)
  sink.bytes(data)
  sink.text('\r\n')
}
