import { portTaken, protocolMismatch } from '#lib/core/create-lb.ts'
import type { CreateFrontend } from '#lib/core/frontend.ts'
import type { FieldProblem } from '../../errors.ts'
import type { Reader } from '../../store/reader.ts'

/** Conflicts of a frontend with the other rules of its load balancer. `ownId` is null for a new frontend. */
export async function frontendProblems(
  reader: Reader,
  lbId: string,
  ownId: string | null,
  request: CreateFrontend,
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = []
  const backend = await reader
    .selectFrom('backends')
    .select(['name', 'forward_protocol'])
    .where('id', '=', request.backend_id)
    .where('lb_id', '=', lbId)
    .executeTakeFirst()
  if (!backend) {
    const message = `This load balancer has no backend ${request.backend_id}.`
    problems.push({ field: 'backend_id', message })
  }
  const mismatch = backend && protocolMismatch(request.protocol, backend)
  if (mismatch) problems.push({ field: 'protocol', message: mismatch })
  const other = await reader
    .selectFrom('frontends')
    .select(['id', 'name'])
    .where('lb_id', '=', lbId)
    .where('inbound_port', '=', request.inbound_port)
    .executeTakeFirst()
  if (other && other.id !== ownId) {
    problems.push({ field: 'inbound_port', message: portTaken(request.inbound_port, other.name) })
  }
  return problems
}
