import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileProblem } from '#lib/process/file-problem.ts'
import { publish } from '../backup/files.ts'
import { KEY_BYTES, SecretBox } from './secret-box.ts'

export const KEY_FILE_SETTING = 'FAIRLEAD_SECRETS_KEY_FILE'
const KEY_TEXT = /^[A-Za-z0-9+/]{43}=$/

/** The default key file: `secrets.key` beside the database. */
export function defaultKeyFile(databaseFile: string): string {
  return join(dirname(databaseFile), 'secrets.key')
}

/**
 * Reads the key that encrypts the database's secrets: the base64 of 32 bytes. Creates a missing file, unless the database has
 * encrypted secrets.
 * @param databaseKeyId the ID of the key that encrypts the database's secrets; null if they are in plain text
 * @throws Error that explains to the operator what is wrong
 */
export function openKeyFile(file: string, databaseKeyId: string | null): SecretBox {
  const key = readKey(file)
  if (key === null && databaseKeyId !== null) {
    throw new Error(
      `The database's secrets are encrypted, and the key file ${file} is missing (key ${databaseKeyId}). Put it back, or set ` +
        `${KEY_FILE_SETTING} to its path. If it is lost, see "If the key is lost" in app/(console)/docs/backup.md.`,
    )
  }
  const box = new SecretBox(key ?? createKey(file))
  if (databaseKeyId === null || box.keyId === databaseKeyId) return box
  throw new Error(
    `The database's secrets are encrypted with the key ${databaseKeyId}, and ${file} holds the key ${box.keyId}. Put the right key ` +
      `file there, or set ${KEY_FILE_SETTING} to its path. If it is lost, see "If the key is lost" in app/(console)/docs/backup.md.`,
  )
}

function readKey(file: string): Buffer | null {
  const text = readText(file)
  if (text === null) return null
  const key = Buffer.from(text, 'base64')
  if (KEY_TEXT.test(text) && key.length === KEY_BYTES) return key
  throw new Error(
    `${file} is not a key file: it must contain the base64 of ${KEY_BYTES} bytes. Put the right file there, or choose another with ${KEY_FILE_SETTING}.`,
  )
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Error(fileProblem(error, file))
  }
}

/** Syncs the key to the disk before anything is encrypted with it, so that no secret can outlive its key. */
function createKey(file: string): Buffer {
  const key = randomBytes(KEY_BYTES)
  const draft = `${file}.draft-${randomUUID()}`
  try {
    const handle = openSync(draft, 'wx', 0o600)
    try {
      writeSync(handle, `${key.toString('base64')}\n`)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    publish(draft, file, false)
  } catch (error) {
    rmSync(draft, { force: true })
    throw new Error(fileProblem(error, file))
  }
  return key
}
