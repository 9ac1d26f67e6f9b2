/**
 * A page may replace its session, as when the password is changed. Requests sent before the browser had the new cookie may be
 * refused, which says nothing about the new session.
 */
let opening: Promise<unknown> = Promise.resolve()
let opened = 0

/** Sends a request that opens a session if it succeeds. */
export function trackSessionRequest(send: () => Promise<Response>): Promise<Response> {
  const sent = noted(send)
  opening = Promise.allSettled([opening, sent])
  return sent
}

async function noted(send: () => Promise<Response>): Promise<Response> {
  const response = await send()
  if (response.ok) opened += 1
  return response
}

/** The number of sessions opened on this page. */
export function sessionCount(): number {
  return opened
}

/** Whether a session has been opened since that number. Waits for one that is being opened. */
export async function hasNewerSession(count: number): Promise<boolean> {
  await opening
  return opened > count
}
