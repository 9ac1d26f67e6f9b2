import type { Right } from '#lib/core/access.ts'
import { isPassword } from '../accounts/credentials.ts'
import { holderOfLink } from '../accounts/password-links.ts'
import { deniedAuthentication, permissionsDenied } from '../errors.ts'
import type { Reader } from '../store/store.ts'
import { type Credential, callerOf } from './caller.ts'

/**
 * On whose authority a transaction writes. The store checks it first thing within the transaction, so nothing is written once
 * a revocation, which is a transaction too, has been acknowledged. The class can't be imitated: a transaction has the
 * authority of a caller, or says that it is the control plane's own.
 */
export class Authority {
  readonly #check: (reader: Reader) => Promise<unknown>

  private constructor(check: (reader: Reader) => Promise<unknown>) {
    this.#check = check
  }

  /** The control plane's own, for what no caller decides. `authority.test.ts` lists who may use it. */
  static readonly system = new Authority(async () => {})

  /** A caller's, as long as their credential is valid and grants the right. `resource` is named where it does not. */
  static ofCaller(credential: Credential, right: Right, resource: string): Authority {
    return new Authority(async (reader) => {
      const { rights } = await callerOf(reader, credential)
      if (!rights.includes(right)) throw permissionsDenied(right, resource)
    })
  }

  /** Of who holds a link with which to choose a password, as long as it is valid. */
  static ofLink(hash: string): Authority {
    return new Authority((reader) => holderOfLink(reader, hash))
  }

  /** Of who has shown a person's password, as long as it is theirs and they may log in. */
  static ofPassword(accountId: string, passwordHash: string): Authority {
    return new Authority(async (reader) => {
      if (await isPassword(reader, accountId, passwordHash)) return
      throw deniedAuthentication('password', 'invalid_argument', 'Email or password is wrong.')
    })
  }

  /** @throws ApiError 401, 403 or 412 where it has ended */
  async check(reader: Reader): Promise<void> {
    await this.#check(reader)
  }
}
