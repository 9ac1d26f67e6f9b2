import type { Client } from 'pg'
import { howToCreate } from './postgres-problems.ts'

const VERSION_MIN = 14

/** Code points in ascending order, which no collation of a language sorts like this. */
const SORTS_BY_CODE_POINT = "'Z' < 'a' and 'z' < 'é' and 'a-c' < 'ab'"

/** Checks what a database can't change later. @throws Error that says what the operator must do */
export async function checkServer(client: Client, database: string): Promise<void> {
  const version = Number((await client.query('show server_version_num')).rows[0].server_version_num)
  if (Math.floor(version / 10_000) < VERSION_MIN) {
    throw new Error(
      `The database ${database} is on PostgreSQL ${Math.floor(version / 10_000)}. Fairlead needs ${VERSION_MIN} or newer.`,
    )
  }
  const encoding = (await client.query('show server_encoding')).rows[0].server_encoding
  if (encoding !== 'UTF8') {
    throw new Error(
      `The database ${database} has the encoding ${encoding}, and Fairlead needs UTF8. Drop it. ${howToCreate(database)}`,
    )
  }
  const sorted = await client.query(`select ${SORTS_BY_CODE_POINT} as sorted`)
  if (!sorted.rows[0].sorted) {
    throw new Error(
      `The database ${database} sorts texts by a language's collation, and Fairlead needs the collation C. Drop it. ` +
        howToCreate(database),
    )
  }
}
