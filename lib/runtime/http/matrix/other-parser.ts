import { HTTPParser } from 'http-parser-js'

/** A request as a parser understood it. */
export type Seen = { target: string; body: string }

/** The complete requests that http-parser-js, which shares nothing with ours nor with Node's, finds in these bytes. */
export function requestsIn(bytes: Buffer): Seen[] {
  const parser = new HTTPParser(HTTPParser.REQUEST)
  const seen: Seen[] = []
  let current: Seen = { target: '', body: '' }
  parser[HTTPParser.kOnHeadersComplete] = (info: { url: string }) => {
    current = { target: info.url, body: '' }
  }
  parser[HTTPParser.kOnBody] = (chunk: Buffer, offset: number, length: number) => {
    current.body += chunk.toString('latin1', offset, offset + length)
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    seen.push(current)
  }
  const end = parser.execute(bytes)
  if (end instanceof Error) throw end
  return seen
}
