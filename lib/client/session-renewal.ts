/**
 * A page may replace its session, as a change of the password does. Requests that the browser sent with the old cookie may
 * then be refused, although the new session is valid.
 */
let opening: Promise<unknown> = Promise.resolve()
let opened = 0

/** Sends a request that opens a session if it succeeds. */
export function trackSessionRequest(send: () => Promise<Response>): Promise<Response> {
  const sent = counted(send)
  opening = Promise.allSettled([opening, sent])
  return sent
}

async function counted(send: () => Promise<Response>): Promise<Response> {
  const response = await send()
  if (response.ok) opened += 1
  return response
}

/** The number of sessions opened on this page. */
export function sessionCount(): number {
  return opened
}

/** Whether another session has been opened since the count was taken. Waits for one that is being opened. */
export async function hasNewerSession(count: number): Promise<boolean> {
  await opening
  return opened > count
}
