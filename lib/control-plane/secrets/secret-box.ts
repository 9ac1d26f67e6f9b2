import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** An encrypted text, as the database stores it. */
export type Sealed = string & { readonly __sealed: never }

/** The row that a secret belongs to. */
export type SecretRow = {
  table: 'certificate_chains' | 'subscriber_secrets' | 'settings'
  id: string
}

/** A secret can't be decrypted. `message` says why and what to do. */
export class SecretProblem extends Error {}

export const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
const PREFIX = 'sealed:v1:'

/**
 * Encrypts the secrets in the database: AES-256-GCM with a random nonce (NIST SP 800-38D). The table and the row's id are
 * authenticated, so that a secret can't be moved to another row.
 */
export class SecretBox {
  readonly #key: Buffer
  /** Identifies the key without revealing it: a truncated hash. */
  readonly keyId: string

  /** @param key 32 bytes */
  constructor(key: Buffer) {
    this.#key = key
    const hash = createHash('sha256').update('fairlead secrets key id\n').update(key)
    this.keyId = hash.digest('hex').slice(0, 16)
  }

  seal(text: string, row: SecretRow): Sealed {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(authenticatedData(row))
    const bytes = Buffer.concat([
      iv,
      cipher.update(text, 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ])
    return (PREFIX + bytes.toString('base64url')) as Sealed
  }

  /** @throws SecretProblem */
  open(sealed: Sealed, row: SecretRow): string {
    if (!isSealed(sealed)) throw problem(row)
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url')
    if (bytes.length < IV_BYTES + TAG_BYTES) throw problem(row)
    const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(-TAG_BYTES)]
    const decipher = createDecipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES })
    decipher.setAAD(authenticatedData(row)).setAuthTag(tag)
    try {
      const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    } catch {
      throw problem(row)
    }
  }
}

export function isSealed(text: string): text is Sealed {
  return text.startsWith(PREFIX)
}

const authenticatedData = ({ table, id }: SecretRow) => Buffer.from(`${table}\n${id}`)

function problem({ table, id }: SecretRow): SecretProblem {
  return new SecretProblem(
    `The secret of ${id} in ${table} can't be decrypted: the database was changed by another program. Replace the secret, or restore a backup.`,
  )
}
