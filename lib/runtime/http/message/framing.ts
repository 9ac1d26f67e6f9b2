/** How a message's body ends (RFC 9112 section 6.3). `until_close` is for responses only. */
export type Framing =
  | { type: 'none' }
  | { type: 'length'; length: number }
  | { type: 'chunked' }
  | { type: 'until_close' }

export const NO_BODY: Framing = { type: 'none' }
export const CHUNKED: Framing = { type: 'chunked' }
export const UNTIL_CLOSE: Framing = { type: 'until_close' }
