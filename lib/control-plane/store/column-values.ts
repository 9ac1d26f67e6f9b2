import type {
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryResult,
  UnknownRow,
} from 'kysely'
import { isFolded } from './folded-columns.ts'

/** JSON columns of all tables. Their type is text on every database. */
const JSON_COLUMNS = new Set([
  'tags',
  'servers',
  'health_check',
  'match',
  'action',
  'subject_alternative_name',
  'ipam_ids',
  'attempts',
  'details',
  'networks',
  'before',
  'after',
  'requested_by',
])
const BOOLEAN_COLUMNS = new Set([
  'send_proxy_v2',
  'sticky_sessions_nocache',
  'ssl_bridging',
  'ignore_ssl_server_verify',
  'enable_access_logs',
  'enable_http3',
  'from_settings',
])

/** Parses JSON and booleans in rows that are read, and removes folded columns. */
export class ColumnValues implements KyselyPlugin {
  readonly #readBoolean: (stored: unknown) => boolean

  /** @param readBoolean from what the database stores */
  constructor(readBoolean: (stored: unknown) => boolean) {
    this.#readBoolean = readBoolean
  }

  transformQuery({ node }: PluginTransformQueryArgs) {
    return node
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return { ...result, rows: result.rows.map((row) => this.#read(row)) }
  }

  #read(row: UnknownRow): UnknownRow {
    const read: UnknownRow = {}
    for (const [column, value] of Object.entries(row)) {
      if (isFolded(column)) continue
      if (JSON_COLUMNS.has(column) && typeof value === 'string') read[column] = JSON.parse(value)
      else if (BOOLEAN_COLUMNS.has(column) && value !== null)
        read[column] = this.#readBoolean(value)
      else read[column] = value
    }
    return read
  }
}
