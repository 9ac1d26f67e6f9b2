import { sql } from 'kysely'
import { LB_RULES_MAX, LB_SERVERS_MAX } from '#lib/core/size-limits.ts'
import { jsonLength } from '../../store/dialect/portable-sql.ts'
import type { Reader } from '../../store/reader.ts'
import type { BackendRow } from '../../store/tables.ts'

/** The counts that `lib/core/size-limits.ts` limits. */
export type LbSize = { frontends: number; backends: number; servers: number }

export const EMPTY_LB: LbSize = { frontends: 0, backends: 0, servers: 0 }

const LIMITS: LbSize = { frontends: LB_RULES_MAX, backends: LB_RULES_MAX, servers: LB_SERVERS_MAX }
const NOUNS = { frontends: 'frontends', backends: 'backends', servers: 'servers in its backends' }
const ADVICE = {
  frontends: 'Delete some, or create another load balancer.',
  backends: 'Delete some, or create another load balancer.',
  servers: 'Remove some, or create another load balancer.',
}

export async function lbSize(reader: Reader, lbId: string): Promise<LbSize> {
  const { frontends } = await reader
    .selectFrom('frontends')
    .select(({ fn }) => fn.countAll<number>().as('frontends'))
    .where('lb_id', '=', lbId)
    .executeTakeFirstOrThrow()
  const { backends, servers } = await reader
    .selectFrom('backends')
    .select(({ fn }) => fn.countAll<number>().as('backends'))
    .select(({ fn }) => fn.sum<number | null>(jsonLength(sql.ref('servers'))).as('servers'))
    .where('lb_id', '=', lbId)
    .executeTakeFirstOrThrow()
  return { frontends, backends, servers: Number(servers ?? 0) }
}

export function sizeOfRules(rules: {
  frontends: readonly unknown[]
  backends: readonly Pick<BackendRow, 'servers'>[]
}): LbSize {
  const { frontends, backends } = rules
  const servers = backends.reduce((sum, one) => sum + one.servers.length, 0)
  return { frontends: frontends.length, backends: backends.length, servers }
}

/**
 * The limits that a change would exceed, one sentence each. A load balancer that exceeded a limit before may be changed in any way
 * that doesn't make it larger.
 */
export function sizeProblems(
  before: LbSize,
  after: LbSize,
): { of: keyof LbSize; message: string }[] {
  return (Object.keys(LIMITS) as (keyof LbSize)[])
    .filter((of) => after[of] > LIMITS[of] && after[of] > before[of])
    .map((of) => ({
      of,
      message: `The load balancer would have ${after[of]} ${NOUNS[of]}. The limit is ${LIMITS[of]}. ${ADVICE[of]}`,
    }))
}

/**
 * The limits that additions to a load balancer would exceed.
 * @param fields the request's field to report each for
 */
export async function growthProblems(
  reader: Reader,
  lbId: string,
  added: Partial<LbSize>,
  fields: Partial<Record<keyof LbSize, string>>,
): Promise<{ field: string; message: string }[]> {
  const before = await lbSize(reader, lbId)
  const after = { ...before }
  for (const [of, count] of Object.entries(added)) after[of as keyof LbSize] += count
  return sizeProblems(before, after).map(({ of, message }) => ({
    field: fields[of] ?? '',
    message,
  }))
}
