/**
 * A new session of this page takes the place of its former one, as by a new password: what was sent before the browser
 * had its cookie may be refused, and says nothing of the new session.
 */
let opening: Promise<unknown> = Promise.resolve()
let opened = 0

/** Sends a request that opens a session where its answer is a success, with its cookie. */
export function opensSession(send: () => Promise<Response>): Promise<Response> {
  const sent = noted(send)
  opening = Promise.allSettled([opening, sent])
  return sent
}

async function noted(send: () => Promise<Response>): Promise<Response> {
  const response = await send()
  if (response.ok) opened += 1
  return response
}

/** How many sessions have been opened on this page so far. */
export function sessionsOpened(): number {
  return opened
}

/** Whether one has been opened since there were so many. One that is about to be is waited for. */
export async function hasNewerSession(count: number): Promise<boolean> {
  await opening
  return opened > count
}
