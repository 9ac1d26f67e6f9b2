import { HTTPParser } from 'http-parser-js'

/** A request as a parser read it. */
export type Seen = { method: string; target: string; body: string }

/** The complete requests that http-parser-js finds in these bytes. It shares no code with Fairlead's or Node's parser. */
export function requestsIn(bytes: Buffer): Seen[] {
  const parser = new HTTPParser(HTTPParser.REQUEST)
  const seen: Seen[] = []
  let current: Seen = { method: '', target: '', body: '' }
  parser[HTTPParser.kOnHeadersComplete] = ({ method, url }: { method: number; url: string }) => {
    current = { method: HTTPParser.methods[method] ?? '', target: url, body: '' }
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

/** A final response as a parser read it. */
export type SeenAnswer = { status: number; body: string }

/** The complete final responses to requests of this method that http-parser-js finds in a connection's bytes. */
export function answersIn(bytes: Buffer, method: string): SeenAnswer[] {
  const parser = new HTTPParser(HTTPParser.RESPONSE)
  const seen: SeenAnswer[] = []
  let current: SeenAnswer = { status: 0, body: '' }
  parser[HTTPParser.kOnHeadersComplete] = ({ statusCode: status }: { statusCode: number }) => {
    current = { status, body: '' }
    // Responses that have no body regardless of their fields (RFC 9112 section 6.3).
    return method === 'HEAD' || status < 200 || status === 204 || status === 304 ? 1 : 0
  }
  parser[HTTPParser.kOnBody] = (chunk: Buffer, offset: number, length: number) => {
    current.body += chunk.toString('latin1', offset, offset + length)
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    if (current.status >= 200) seen.push(current)
  }
  const end = parser.execute(bytes)
  if (end instanceof Error) throw end
  return seen
}
