import type { Kysely, Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/** Can read. A transaction is a reader too. */
export type Reader = Pick<Kysely<Tables>, 'selectFrom'>
export type Writer = Transaction<Tables>
