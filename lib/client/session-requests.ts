import { useState } from 'react'
import type * as z from 'zod'
import type { Account, ChangePassword, LogIn, SetUp } from '#lib/core/account.ts'
import type { AcceptLink, OpenedLink } from '#lib/core/person.ts'
import { readErrorResponse } from './api-error.ts'
import { trackSessionRequest } from './session-renewal.ts'

/** @throws ApiError, or TypeError if the console is unreachable */
async function succeeded(sent: Promise<Response>): Promise<Response> {
  const response = await sent
  if (!response.ok) throw await readErrorResponse(response)
  return response
}

function send(method: string, path: string, body?: object): Promise<Response> {
  return fetch(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body ? JSON.stringify(body) : null,
  })
}

/** The console's own endpoints that answer with a new session, and what each takes. */
type SessionBodies = {
  '/api/session': z.input<typeof LogIn>
  '/api/setup': z.input<typeof SetUp>
  '/api/invitation/accept': z.input<typeof AcceptLink>
  '/api/account/password': z.input<typeof ChangePassword>
}
type SessionEndpoint = keyof SessionBodies

/** @throws ApiError, or TypeError if the console is unreachable */
async function openSession(path: SessionEndpoint, body: object): Promise<Account> {
  const response = await succeeded(trackSessionRequest(() => send('POST', path, body)))
  return ((await response.json()) as { account: Account }).account
}

/**
 * A request that opens a session. It has the state of a mutation, without the query cache, which the login pages don't
 * load.
 */
export function useOpenSession<Endpoint extends SessionEndpoint>(
  path: Endpoint,
  { onSuccess }: { onSuccess: (account: Account) => void },
) {
  const [state, setState] = useState<{
    isPending: boolean
    isSuccess: boolean
    error: Error | null
  }>({ isPending: false, isSuccess: false, error: null })
  const mutateAsync = async (body: SessionBodies[Endpoint]): Promise<void> => {
    setState({ isPending: true, isSuccess: false, error: null })
    try {
      const account = await openSession(path, body)
      setState({ isPending: false, isSuccess: true, error: null })
      onSuccess(account)
    } catch (error) {
      setState({ isPending: false, isSuccess: false, error: error as Error })
      throw error
    }
  }
  return { ...state, mutateAsync }
}

/** What the link of an invitation or a password reset is for. @throws ApiError, or TypeError if the console is unreachable */
export async function openInvitation(token: string): Promise<OpenedLink> {
  return (await succeeded(send('POST', '/api/invitation', { token }))).json()
}

/** Ends the session. @throws ApiError, or TypeError if the console is unreachable */
export async function endSession(): Promise<void> {
  await succeeded(send('DELETE', '/api/session'))
}
