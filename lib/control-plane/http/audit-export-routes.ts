import { OpenAPIHono } from '@hono/zod-openapi'
import { ExportAudit, ExportedAuditLine } from '#lib/core/audit.ts'
import { tooManyRequests } from '../errors.ts'
import { Readers } from '../live/readers.ts'
import { exportAudit } from '../services/audit/export-audit.ts'
import { parseInput } from '../services/parse-input.ts'
import { describeCall } from './describe.ts'
import type { Environment, Services } from './environment.ts'
import { requireRight } from './require-right.ts'
import { streamResponse } from './stream-response.ts'

const PATH = '/fairlead/v1/audit/export'
const TYPE = 'application/x-ndjson'
/** Exports in progress per account. */
const EXPORTS_MAX = 2
const RETRY_SECONDS = 10

/** `GET /fairlead/v1/audit/export`: the audit log as JSON Lines, oldest first. */
export function auditExportRoutes(services: Services) {
  const app = new OpenAPIHono<Environment>()
  const readers = new Readers(EXPORTS_MAX)

  /** Counts an export of an account. Returns a function that ends it. @throws ApiError 429 */
  function enter(accountId: string): () => void {
    const leave = readers.enter(accountId)
    if (leave) return leave
    const message = `You have ${EXPORTS_MAX} exports in progress. Wait until one ends, and try again.`
    throw tooManyRequests(message, RETRY_SECONDS)
  }

  app.get('/', (http) => {
    const authority = requireRight(http, 'people', PATH)
    const query = parseInput(ExportAudit, http.req.query())
    const name = `fairlead-audit-${new Date().toISOString().slice(0, 10)}.jsonl`
    const headers = {
      'Content-Type': TYPE,
      'Content-Disposition': `attachment; filename="${name}"`,
    }
    const { reader } = services.context.store
    const checkRight = () => authority.check(reader)
    return streamResponse(http, headers, () => ({
      follow: (signal) => exportAudit({ reader, query, checkRight: checkRight, signal }),
      onEnd: enter(http.var.actor.id),
    }))
  })

  const { errorResponses, ...described } = describeCall({
    method: 'get',
    path: PATH,
    summary: 'Export logins, denials and changes as JSON Lines, oldest first',
    tag: 'Audit',
    query: ExportAudit,
  })
  app.openAPIRegistry.registerPath({
    ...described,
    // The router adds the path where these routes are mounted.
    path: '/',
    description:
      'Each line has a `cursor`. Send the last one as `after` to continue, also after an interrupted export. A repeated event is ' +
      'exported again, with the same `id`, once its count is final.',
    responses: {
      200: {
        description: 'One JSON object per line',
        content: { [TYPE]: { schema: ExportedAuditLine } },
      },
      ...errorResponses,
    },
  })
  return app
}
