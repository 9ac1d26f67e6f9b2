import * as z from 'zod'
import { Email, NewPassword } from '#lib/core/account.ts'
import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'

const AccessKey = z.string().regex(/^SCW[A-Z0-9]{17}$/)

/**
 * Parses `FAIRLEAD_ACCESS_KEY` and `FAIRLEAD_SECRET_KEY`; null if neither is set.
 * @throws Error with a one-line message
 */
export function parseCredentials(
  accessKey = '',
  secretKey = '',
): ControlPlaneSettings['credentials'] {
  if (!accessKey && !secretKey) return null
  if (!accessKey || !secretKey) {
    throw new Error('FAIRLEAD_ACCESS_KEY and FAIRLEAD_SECRET_KEY go together: set both or none.')
  }
  if (!AccessKey.safeParse(accessKey).success) {
    throw new Error('FAIRLEAD_ACCESS_KEY must be SCW and 17 capital letters or digits.')
  }
  if (!z.guid().safeParse(secretKey).success) {
    throw new Error('FAIRLEAD_SECRET_KEY must be a UUID.')
  }
  return { accessKey, secretKey: secretKey.toLowerCase() }
}

/**
 * Parses `FAIRLEAD_ADMIN_EMAIL` and `FAIRLEAD_ADMIN_PASSWORD`; null if neither is set.
 * @throws Error with a one-line message
 */
export function parseAdmin(email = '', password = ''): ControlPlaneSettings['admin'] {
  if (!email && !password) return null
  if (!email || !password) {
    throw new Error(
      'FAIRLEAD_ADMIN_EMAIL and FAIRLEAD_ADMIN_PASSWORD go together: set both or none.',
    )
  }
  const address = Email.safeParse(email)
  if (!address.success) {
    throw new Error('FAIRLEAD_ADMIN_EMAIL must be an email address. For example: ada@example.com')
  }
  const problem = NewPassword.safeParse(password).error?.issues[0]?.message
  if (problem) throw new Error(`FAIRLEAD_ADMIN_PASSWORD is not usable: ${problem}`)
  return { email: address.data, password }
}
