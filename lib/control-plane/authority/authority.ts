import type { Right } from '#lib/core/access.ts'
import { isPassword } from '../accounts/credentials.ts'
import { accountOfLink } from '../accounts/password-links.ts'
import { deniedAuthentication, permissionsDenied } from '../errors.ts'
import { TermEnded } from '../leadership/term-ended.ts'
import { findJoinToken } from '../nodes/joining/join-tokens.ts'
import type { Reader } from '../store/reader.ts'
import { type Credential, identify } from './identify.ts'

/**
 * The right to write in a transaction, and to order hosts. The store checks it at the start of the transaction, so nothing is written
 * after a revocation, which is a transaction too, has been acknowledged. The constructor is private: a transaction has the authority
 * of a caller or of the leader, or explicitly the control plane's own.
 */
export class Authority {
  readonly #check: (reader: Reader) => Promise<unknown>
  readonly #requireCertain: () => void

  private constructor(check: (reader: Reader) => Promise<unknown>, requireCertain = () => {}) {
    this.#check = check
    this.#requireCertain = requireCertain
  }

  /** The control plane's own authority, for writes that no caller asks for. `authority.test.ts` lists the files that may use it. */
  static readonly system = new Authority(async () => {})

  /** The control plane's own authority while it is the leader. @param check throws if it is not @param isCertain as in `Term` */
  static ofLeader(check: (reader: Reader) => Promise<void>, isCertain: () => boolean): Authority {
    return new Authority(check, () => {
      if (!isCertain()) throw new TermEnded()
    })
  }

  /** Valid while the credential is valid and grants the right. `resource` is named in the error. */
  static ofCaller(credential: Credential, right: Right, resource: string): Authority {
    return new Authority(async (reader) => {
      const { rights } = await identify(reader, credential)
      if (!rights.includes(right)) throw permissionsDenied(right, resource)
    })
  }

  /** The authority of the holder of a password link, while the link is valid. */
  static ofLink(hash: string): Authority {
    return new Authority((reader) => accountOfLink(reader, hash))
  }

  /** The authority of whoever has a join token, while it can be used. */
  static ofJoinToken(secret: string): Authority {
    return new Authority((reader) => findJoinToken(reader, secret))
  }

  /** Valid while the hash is that of the account's password and the account is enabled. */
  static ofPassword(accountId: string, passwordHash: string): Authority {
    return new Authority(async (reader) => {
      if (await isPassword(reader, accountId, passwordHash)) return
      throw deniedAuthentication('password', 'invalid_argument', 'Email or password is wrong.')
    })
  }

  /**
   * This authority, while a further condition is met too.
   * @param check throws in write transactions if it is not
   * @param requireCertain throws if it is not certain, before orders to hosts
   */
  also(check: (reader: Reader) => Promise<void>, requireCertain: () => void): Authority {
    return new Authority(
      async (reader) => {
        await this.check(reader)
        await check(reader)
      },
      () => {
        this.requireCertain()
        requireCertain()
      },
    )
  }

  /**
   * Call it right before each order to hosts. It does not ask the database.
   * @throws TermEnded if this process may not be the leader any more; OrderRefused if it may not hold the lock any more
   */
  requireCertain(): void {
    this.#requireCertain()
  }

  /** @throws ApiError 401, 403 or 412 if it has been revoked or has expired; TermEnded or OrderRefused as `requireCertain` */
  async check(reader: Reader): Promise<void> {
    await this.#check(reader)
  }
}
