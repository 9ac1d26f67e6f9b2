/** What a server is to get of the bytes that a client sent. */
export type Forwarded = {
  /** The requests' targets, in order. */
  targets: string[]
  /** Their bodies, where they matter. */
  bodies?: string[]
  /** What the bytes that the server got must have, and must not have. */
  has?: RegExp[]
  hasNot?: RegExp[]
}

/** One row about requests: bytes, latin1, and what may become of them; where both are given, either will do. */
export type RequestCase = {
  /** Its number in the list of what HTTP mode must do. */
  n: number
  name: string
  bytes: string
  /** Answered with one of these, closed, and nothing of it forwarded. */
  refuse?: number[]
  pass?: Forwarded
  /** The client sends nothing more after the bytes, not even the request by which others show where the last one ended. */
  last?: boolean
}

/** One row about answers: what a server says to one request, and what the client must see of it. */
export type ResponseCase = {
  n: number
  name: string
  /** The request; a plain GET where it does not matter. */
  request?: string
  answer: string
  /** The server closes after it. */
  closes?: boolean
  has?: RegExp[]
  hasNot?: RegExp[]
  /** Whether the server's connection may be used for the next request. */
  reusable: boolean
}

export const refused = (
  n: number,
  name: string,
  bytes: string,
  ...statuses: number[]
): RequestCase => ({ n, name, bytes, refuse: statuses.length > 0 ? statuses : [400] })

export const passed = (n: number, name: string, bytes: string, pass: Forwarded): RequestCase => ({
  n,
  name,
  bytes,
  pass,
})

export const either = (
  n: number,
  name: string,
  bytes: string,
  pass: Forwarded,
  ...statuses: number[]
): RequestCase => ({ n, name, bytes, pass, refuse: statuses.length > 0 ? statuses : [400] })

export const get = (fields = '', target = '/1') =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`
export const post = (fields: string, body: string, target = '/1') =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`
/** What must never be taken for a request of its own. */
export const SMUGGLED = get('', '/smuggled')
export const CHUNKED = 'Transfer-Encoding: chunked\r\n'
