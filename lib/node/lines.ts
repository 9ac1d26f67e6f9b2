/** Cuts a stream of bytes into lines, without their ends. An unfinished last line is not one. */
export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let unfinished = ''
  for await (const chunk of stream) {
    const parts = (unfinished + decoder.decode(chunk, { stream: true })).split('\n')
    unfinished = parts.pop() ?? ''
    yield* parts
  }
}
