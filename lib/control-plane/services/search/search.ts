import { sql } from 'kysely'
import { searchTerms } from '#lib/core/fold-case.ts'
import type { Region } from '#lib/core/locality.ts'
import { HIT_TYPES, Search, type SearchHit, type SearchResults } from '#lib/core/search.ts'
import { jsonItems } from '../../store/dialect/portable-sql.ts'
import { folded } from '../../store/folded-columns.ts'
import type { Reader } from '../../store/reader.ts'
import { matchesTerms, matchRank } from '../../store/term-match.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** Results per type. */
const HITS_MAX = 5

/** The load balancer of a rule. */
const LB_COLUMNS = ['lbs.region', 'lbs.id as lb_id', 'lbs.name as lb_name'] as const

const FINDERS = {
  lb: findLbs,
  frontend: findFrontends,
  backend: findBackends,
  server: findServers,
  ip: findIps,
}

/** The best results of each type that match all terms of `q`, with one query per type. */
export async function search({ ctx, query }: CallWith<'query', 'store'>): Promise<SearchResults> {
  const { q } = parseInput(Search, query)
  const terms = searchTerms(q)
  if (terms.length === 0) return { hits: [] }
  const found = await Promise.all(HIT_TYPES.map((type) => FINDERS[type](ctx.store.reader, terms)))
  return { hits: found.flat() }
}

async function findLbs(reader: Reader, terms: string[]): Promise<SearchHit[]> {
  const rows = await reader
    .selectFrom('lbs')
    .select(['id', 'name', 'region', 'id as lb_id', 'name as lb_name'])
    .where(matchesTerms(terms, { texts: ['name'], tags: 'tags', id: 'id' }))
    .orderBy(matchRank(folded('name'), terms))
    .orderBy(folded('name'))
    .limit(HITS_MAX)
    .execute()
  return rows.map((row) => hitOf('lb', row))
}

async function findFrontends(reader: Reader, terms: string[]): Promise<SearchHit[]> {
  const rows = await reader
    .selectFrom('frontends as rule')
    .innerJoin('lbs', 'lbs.id', 'rule.lb_id')
    .innerJoin('backends', 'backends.id', 'rule.backend_id')
    .select(['rule.id', 'rule.name', 'rule.inbound_port as port', ...LB_COLUMNS])
    .select('backends.forward_protocol as protocol')
    .where(
      matchesTerms(terms, {
        texts: ['rule.name'],
        port: 'rule.inbound_port',
        id: 'rule.id',
        parentName: 'lbs.name',
      }),
    )
    .orderBy(matchRank(folded('rule.name'), terms))
    .orderBy(folded('rule.name'))
    .orderBy(folded('lbs.name'))
    .limit(HITS_MAX)
    .execute()
  return rows.map((row) => hitOf('frontend', row))
}

async function findBackends(reader: Reader, terms: string[]): Promise<SearchHit[]> {
  const rows = await reader
    .selectFrom('backends as rule')
    .innerJoin('lbs', 'lbs.id', 'rule.lb_id')
    .select(['rule.id', 'rule.name', 'rule.forward_port as port', ...LB_COLUMNS])
    .select('rule.forward_protocol as protocol')
    .where(
      matchesTerms(terms, {
        texts: ['rule.name'],
        port: 'rule.forward_port',
        id: 'rule.id',
        parentName: 'lbs.name',
      }),
    )
    .orderBy(matchRank(folded('rule.name'), terms))
    .orderBy(folded('rule.name'))
    .orderBy(folded('lbs.name'))
    .limit(HITS_MAX)
    .execute()
  return rows.map((row) => hitOf('backend', row))
}

async function findServers(reader: Reader, terms: string[]): Promise<SearchHit[]> {
  const rows = await reader
    .selectFrom('backends as rule')
    .innerJoin('lbs', 'lbs.id', 'rule.lb_id')
    .innerJoin(jsonItems(sql.ref('rule.servers')).as('server'), (join) => join.onTrue())
    .select(['rule.id', 'server.value as name', 'rule.forward_port as port', ...LB_COLUMNS])
    .select(['rule.forward_protocol as protocol', 'rule.name as backend_name'])
    .where(matchesTerms(terms, { addresses: ['server.value'], parentName: 'lbs.name' }))
    .orderBy(matchRank(sql.ref('server.value'), terms))
    .orderBy('server.value')
    .orderBy(folded('lbs.name'))
    .limit(HITS_MAX)
    .execute()
  return rows.map((row) => hitOf('server', row))
}

async function findIps(reader: Reader, terms: string[]): Promise<SearchHit[]> {
  const rows = await reader
    .selectFrom('ips')
    .leftJoin('lbs', 'lbs.id', 'ips.lb_id')
    .select(['ips.id', 'ips.ip_address as name', 'ips.region', 'ips.lb_id', 'lbs.name as lb_name'])
    .where(
      matchesTerms(terms, {
        texts: ['ips.reverse'],
        addresses: ['ips.ip_address'],
        tags: 'ips.tags',
        id: 'ips.id',
        parentName: 'lbs.name',
      }),
    )
    .orderBy(matchRank(sql.ref('ips.ip_address'), terms))
    .orderBy('ips.address_number')
    .limit(HITS_MAX)
    .execute()
  return rows.map((row) => hitOf('ip', row))
}

type ResultRow = Pick<SearchHit, 'id' | 'name'> &
  Partial<Pick<SearchHit, 'port' | 'protocol' | 'backend_name'>> & {
    region: Region
    lb_id: string | null
    lb_name: string | null
  }

function hitOf(type: SearchHit['type'], row: ResultRow): SearchHit {
  const { id, name, region, port, protocol, backend_name, lb_id, lb_name } = row
  return {
    type,
    id,
    name,
    region,
    port: port ?? null,
    protocol: protocol ?? null,
    backend_name: backend_name ?? null,
    lb: lb_id === null || lb_name === null ? null : { id: lb_id, name: lb_name },
  }
}
