import { randomBytes } from 'node:crypto'
import type { NewNode, PendingNode } from '#lib/core/node.ts'
import { secretHash } from '../../accounts/secret-token.ts'
import { deniedAuthentication } from '../../errors.ts'
import type { Reader, Writer } from '../../store/reader.ts'
import type { JoinTokenRow } from '../../store/tables.ts'

const HOUR_MS = 60 * 60_000
const VALID_MS = HOUR_MS
/** How long used and expired tokens are kept, to tell them from wrong ones. */
const KEPT_MS = 7 * 24 * HOUR_MS

/** A new token: its secret, and its row. */
export function newJoinToken(node: NewNode, createdBy: string, at: string) {
  const secret = randomBytes(32).toString('base64url')
  const row: JoinTokenRow = {
    ...node,
    secret_hash: secretHash(secret),
    created_by: createdBy,
    created_at: at,
    expires_at: new Date(Date.now() + VALID_MS).toISOString(),
    used_at: null,
  }
  return { secret, row }
}

/** Saves a token. It replaces an unused one for a node of the same name. */
export async function insertJoinToken(writer: Writer, row: JoinTokenRow): Promise<void> {
  await prune(writer)
  const unused = writer.deleteFrom('join_tokens').where('used_at', 'is', null)
  await unused.where('name', '=', row.name).execute()
  await writer.insertInto('join_tokens').values(row).execute()
}

async function prune(writer: Writer): Promise<void> {
  const before = new Date(Date.now() - KEPT_MS).toISOString()
  await writer.deleteFrom('join_tokens').where('expires_at', '<', before).execute()
}

/** @throws ApiError 401 unless the secret is that of a token that can be used now */
export async function findJoinToken(reader: Reader, secret: string): Promise<JoinTokenRow> {
  const hash = secretHash(secret)
  const query = reader.selectFrom('join_tokens').selectAll().where('secret_hash', '=', hash)
  const token = await query.executeTakeFirst()
  if (!token) {
    throw denied('not_found', 'The join token is not valid. Create another one in the console.')
  }
  const { name, used_at, expires_at } = token
  if (used_at !== null) {
    throw denied('invalid_argument', `The join token of ${name} was used already, at ${used_at}.`)
  }
  if (Date.parse(expires_at) <= Date.now()) {
    throw denied('expired', `The join token of ${name} expired at ${expires_at}. Create another.`)
  }
  return token
}

/** Uses a token in the transaction that adds its node. @throws ApiError 401 if it can't be used any more */
export async function useJoinToken(writer: Writer, secret: string, at: string): Promise<void> {
  const { secret_hash } = await findJoinToken(writer, secret)
  const used = writer.updateTable('join_tokens').set({ used_at: at })
  await used.where('secret_hash', '=', secret_hash).execute()
}

/** The nodes that are waited for, by name. */
export async function pendingNodes(reader: Reader): Promise<PendingNode[]> {
  return reader
    .selectFrom('join_tokens')
    .select(['name', 'region', 'cluster', 'created_at', 'expires_at'])
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date().toISOString())
    .orderBy('name')
    .execute()
}

const denied = (reason: 'not_found' | 'invalid_argument' | 'expired', message: string) =>
  deniedAuthentication('join_token', reason, message)
