/** What a server should receive of a client's bytes. */
export type Forwarded = {
  /** The request targets, in order. */
  targets: string[]
  /** The bodies, if they matter. */
  bodies?: string[]
  /** What the server's bytes must contain, and must not contain. */
  has?: RegExp[]
  hasNot?: RegExp[]
}

/** A request case: bytes (latin1), and the allowed outcomes. If both are given, either is allowed. */
export type RequestCase = {
  /** Its number in the list of requirements for HTTP mode. */
  n: number
  name: string
  bytes: string
  /** Refused with one of these statuses, closed, and not forwarded. */
  refuse?: number[]
  pass?: Forwarded
  /** The client sends nothing after the bytes, not even the request that shows where the last one ended. */
  last?: boolean
}

/** A response case: a server's bytes for one request, and what the client must see. */
export type ResponseCase = {
  n: number
  name: string
  /** The request. Default: a plain GET. */
  request?: string
  answer: string
  /** Whether the server closes afterwards. */
  closes?: boolean
  has?: RegExp[]
  hasNot?: RegExp[]
  /** Whether the server's connection may be reused. */
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
/** Bytes that must never be parsed as a separate request. */
export const SMUGGLED = get('', '/smuggled')
export const CHUNKED = 'Transfer-Encoding: chunked\r\n'
