import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import * as start from './migrations/0001-start.ts'
import * as tokenDetails from './migrations/0002-token-details.ts'
import * as revisions from './migrations/0004-revisions.ts'
import * as failovers from './migrations/0005-failovers.ts'
import * as rulesAndParts from './migrations/0006-rules-and-parts.ts'
import * as subscribers from './migrations/0007-subscribers.ts'
import * as people from './migrations/0008-people.ts'
import * as sessionTokens from './migrations/0009-session-tokens.ts'
import * as passwordLinks from './migrations/0010-password-links.ts'
import * as audit from './migrations/0011-audit.ts'
import * as changeOrigins from './migrations/0012-change-origins.ts'
import * as nocache from './migrations/0013-nocache.ts'
import * as sequence from './migrations/0014-sequence.ts'
import * as backendHost from './migrations/0015-backend-host.ts'
import * as foldedNames from './migrations/0016-folded-names.ts'
import * as tokenOwners from './migrations/0017-token-owners.ts'
import * as sealedSecrets from './migrations/0019-sealed-secrets.ts'
import * as auditKinds from './migrations/0020-audit-kinds.ts'
import * as failoverIds from './migrations/0021-failover-ids.ts'
import * as nodes from './migrations/0022-nodes.ts'
import * as alerts from './migrations/0024-alerts.ts'
import * as joining from './migrations/0025-joining.ts'
import * as pairs from './migrations/0026-pairs.ts'
import * as replicas from './migrations/0027-replicas.ts'
import * as failoverHorizons from './migrations/0031-failover-horizons.ts'
import * as allReplicas from './migrations/0034-all-replicas.ts'
import * as scale from './migrations/0035-scale.ts'

/** All migrations by name, in order. PostgreSQL has further ones, up to 0033, between which none can be added: the next is 0035. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-start': start,
  '0002-token-details': tokenDetails,
  '0004-revisions': revisions,
  '0005-failovers': failovers,
  '0006-rules-and-parts': rulesAndParts,
  '0007-subscribers': subscribers,
  '0008-people': people,
  '0009-session-tokens': sessionTokens,
  '0010-password-links': passwordLinks,
  '0011-audit': audit,
  '0012-change-origins': changeOrigins,
  '0013-nocache': nocache,
  '0014-sequence': sequence,
  '0015-backend-host': backendHost,
  '0016-folded-names': foldedNames,
  '0017-token-owners': tokenOwners,
  '0019-sealed-secrets': sealedSecrets,
  '0020-audit-kinds': auditKinds,
  '0021-failover-ids': failoverIds,
  '0022-nodes': nodes,
  '0024-alerts': alerts,
  '0025-joining': joining,
  '0026-pairs': pairs,
  '0027-replicas': replicas,
  '0031-failover-horizons': failoverHorizons,
  '0034-all-replicas': allReplicas,
  '0035-scale': scale,
}

/** Executes the migrations that a database lacks. @param own those that only this kind of database has */
export async function migrate<T>(
  db: Kysely<T>,
  own: Record<string, Migration>,
  executed: readonly string[] = [],
): Promise<void> {
  const migrations = { ...MIGRATIONS, ...own }
  // Kysely would read the whole catalog to find that out.
  if (Object.keys(migrations).every((name) => executed.includes(name))) return
  const provider = { getMigrations: async () => migrations }
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error) throw error
}

/** @throws Error that explains to the operator what to do if a newer version of Fairlead has migrated the database */
export function refuseNewerSchema(
  executed: readonly string[],
  known: Record<string, Migration>,
  database: string,
): void {
  const newer = executed.filter((name) => !known[name])
  if (newer.length === 0) return
  throw new Error(
    `The database ${database} was written by a newer version of Fairlead (its schema has ${newer.join(', ')}, ` +
      'which this version does not know). Start that version or a later one, or restore a backup that this one made.',
  )
}
