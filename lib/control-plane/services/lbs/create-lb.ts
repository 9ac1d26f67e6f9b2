import { randomUUID } from 'node:crypto'
import { CreateLb } from '#lib/core/create-lb.ts'
import type { Lb } from '#lib/core/lb.ts'
import { CLUSTERS, type Cluster, defaultZone, type Region } from '#lib/core/locality.ts'
import type { Context } from '../../context.ts'
import { newlyDeniedServers } from '../../egress/denied-servers.ts'
import { refuseProblems } from '../../errors.ts'
import { choosePlacement, placeNewLb } from '../../placement/place-new-lb.ts'
import { type CreateScope, createScope } from '../../scope.ts'
import { findLbAnywhere } from '../../store/find.ts'
import { loadLbParts } from '../../store/lb-parts.ts'
import type { Reader, Writer } from '../../store/reader.ts'
import type { LbRow } from '../../store/tables.ts'
import { newLbView } from '../../views/lb-view.ts'
import { yieldEvery } from '../../yield-every.ts'
import { withHealthCheck } from '../backends/with-health-check.ts'
import type { CallWith, Write } from '../call.ts'
import { change, type Entry } from '../change.ts'
import { assignIp } from '../ips/assign-ip.ts'
import { parseInput } from '../parse-input.ts'
import { EMPTY_LB, sizeOfRules, sizeProblems } from '../rules/lb-size.ts'
import { newBackendRow, newFrontendRow } from '../rules/new-rows.ts'
import { prefixed } from '../rules/rule-set-problems.ts'
import { etagOfLb, type Versioned } from '../versioned-views.ts'

/** Creates a load balancer with its IP, backends and frontends, atomically. */
export async function createLb({
  ctx,
  scope,
  input,
}: CallWith<
  'scope' | 'input',
  Write | 'fleet' | 'egress' | 'addresses' | 'owner' | 'placements' | 'hosts'
>): Promise<Versioned<Lb>> {
  const createIn = createScope(scope)
  const request = parseInput(CreateLb, withHealthChecks(input))
  const id = randomUUID()
  const creating = change(ctx, async (writer, at, lockLb) => {
    const placement = await choosePlacement(ctx, writer, { id, region: createIn.region })
    const master = placement?.master ?? (await lessUsedCluster(ctx, writer, createIn.region))
    const lb = newLbRow(ctx, createIn, request, at, { id, master })
    await writer.insertInto('lbs').values(lb).execute()
    if (placement) await placeNewLb(ctx, writer, placement.row)
    else ctx.placements.masters.added(createIn.region, null, master)
    await lockLb(lb.id)
    ctx.fleet.created(lb.id)
    const instances = CLUSTERS.map((cluster) => ({ id: randomUUID(), cluster }))
    await writer
      .insertInto('instances')
      .values(instances.map((one) => ({ ...one, lb_id: lb.id, created_at: at })))
      .execute()
    const entries: Entry[] = [{ verb: 'create', type: 'lb', id: lb.id, before: null, after: lb }]
    entries.push(...(await assignIp(ctx, writer, at, lb, request)))
    entries.push(...(await insertRules(ctx, writer, lb.id, request)))
    return { entries, result: () => versionedNewLb(writer, lb.id) }
  })
  return creating.catch((error: unknown) => {
    ctx.placements.forget(id)
    throw error
  })
}

/** A missing health check is parsed as an empty one, so that the error names its required fields. */
function withHealthChecks(input: unknown): unknown {
  if (input === null || typeof input !== 'object') return input
  const { backends } = input as { backends?: unknown }
  return Array.isArray(backends) ? { ...input, backends: backends.map(withHealthCheck) } : input
}

function newLbRow(
  ctx: Pick<Context, 'owner'>,
  scope: CreateScope,
  request: CreateLb,
  at: string,
  { id, master }: Pick<LbRow, 'id' | 'master'>,
): LbRow {
  return {
    id,
    name: request.name,
    description: request.description,
    region: scope.region,
    zone: scope.zone ?? defaultZone(scope.region),
    organization_id: request.organization_id ?? ctx.owner.organizationId,
    project_id: request.project_id ?? ctx.owner.projectId,
    type: request.type,
    tags: request.tags,
    ssl_compatibility_level: request.ssl_compatibility_level,
    master,
    generation: 0,
    changed_at: at,
    revision: '',
    subscriber_id: null,
    created_at: at,
    updated_at: at,
  }
}

/** The cluster with fewer masters in the region, which spreads the load over both nodes. */
async function lessUsedCluster(
  { placements }: Pick<Context, 'placements'>,
  reader: Reader,
  region: Region,
): Promise<Cluster> {
  const counts = await placements.masters.inRegion(reader, region)
  const masters = (cluster: Cluster) => counts.find(({ master }) => master === cluster)?.count ?? 0
  return masters('b') < masters('a') ? 'b' : 'a'
}

async function insertRules(
  ctx: Pick<Context, 'egress'>,
  writer: Writer,
  lbId: string,
  request: CreateLb,
): Promise<Entry[]> {
  const backends = request.backends.map((backend) => newBackendRow(lbId, backend))
  refuseProblems([
    ...backends.flatMap((row, at) =>
      prefixed(`backends.${at}`, newlyDeniedServers(null, row, ctx.egress)),
    ),
    ...sizeProblems(EMPTY_LB, sizeOfRules({ frontends: request.frontends, backends })).map(
      ({ message }) => ({ field: 'backends', message }),
    ),
  ])
  const idOf = new Map(backends.map(({ name, id }) => [name, id]))
  const frontends = request.frontends.map((frontend) =>
    newFrontendRow(lbId, idOf.get(frontend.backend) as string, frontend),
  )
  const yieldWhenDue = yieldEvery()
  for (const row of backends) {
    await writer.insertInto('backends').values(row).execute()
    await yieldWhenDue()
  }
  for (const row of frontends) {
    await writer.insertInto('frontends').values(row).execute()
    await yieldWhenDue()
  }
  return [
    ...backends.map((row) => created('backend', row)),
    ...frontends.map((row) => created('frontend', row)),
  ]
}

function created(type: Entry['type'], row: { id: string }): Entry {
  return { verb: 'create', type, id: row.id, before: null, after: row }
}

async function versionedNewLb(reader: Reader, id: string): Promise<Versioned<Lb>> {
  const lb = await findLbAnywhere(reader, id)
  const [parts] = await loadLbParts(reader, [lb])
  if (!parts) throw new Error(`Load balancer ${id} has gone`)
  return { value: newLbView(parts), etag: etagOfLb(lb) }
}
