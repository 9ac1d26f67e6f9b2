import {
  type CheckedServer,
  type DraftCheck,
  type DraftCheckInstance,
  DraftCheckRequest,
} from '#lib/core/draft-check.ts'
import { HealthCheck } from '#lib/core/health-check.ts'
import { CLUSTERS, type Cluster, type Region } from '#lib/core/locality.ts'
import type { DesiredDraft } from '#lib/protocol/desired-config.ts'
import { nodeName } from '#lib/protocol/stream.ts'
import type { Context } from '../../context.ts'
import { deniedServers } from '../../egress/denied-servers.ts'
import { refuseProblems } from '../../errors.ts'
import { planDraft } from '../../plan/plan.ts'
import { act } from '../act.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { withHealthCheck } from './with-health-check.ts'

/**
 * All times together are less than the console waits for an answer: for nodes that are only just started, for a check,
 * and for what its order and its answer take on their way.
 */
const START_MS = 3000
const CHECK_MAX_MS = 5000
const WAY_MS = 1000
/** How early a timer may be. */
const TIMER_MS = 50

/** Has both nodes of a region run the health check of a backend that is not saved, once, and keeps nothing of it. */
export async function checkDraft({
  ctx,
  input,
}: CallWith<'input', 'store' | 'drafts' | 'egress' | 'actor' | 'authority'>): Promise<DraftCheck> {
  const { region, draft } = readDraft(ctx, input)
  const end = ctx.drafts.semaphore.begin(ctx.actor.id)
  try {
    const instances = await act(ctx, () => {
      ctx.drafts.wantNodes(region)
      return Promise.all(CLUSTERS.map((cluster) => checkOn(ctx, region, cluster, draft)))
    })
    return { instances }
  } finally {
    end()
  }
}

function readDraft(
  { egress }: Pick<Context, 'egress'>,
  input: unknown,
): { region: Region; draft: DesiredDraft } {
  const request = parseInput(DraftCheckRequest, withHealthCheck(input))
  const ports = [request.forward_port, request.health_check.port]
  refuseProblems(deniedServers({ servers: request.server_ip, ports }, egress))
  const draft = planDraft({
    servers: request.server_ip,
    health_check: HealthCheck.parse(request.health_check),
    proxy_protocol: request.proxy_protocol ?? 'proxy_protocol_unknown',
    send_proxy_v2: false,
    host: request.host ?? '',
    ssl_bridging: request.ssl_bridging ?? false,
    ignore_ssl_server_verify: request.ignore_ssl_server_verify ?? null,
  })
  return { region: request.region, draft }
}

async function checkOn(
  { drafts }: Pick<Context, 'drafts'>,
  region: Region,
  cluster: Cluster,
  draft: DesiredDraft,
): Promise<DraftCheckInstance> {
  const failed = (what: string) => ({
    cluster,
    problem: `The node on cluster ${cluster} ${what}.`,
    servers: [],
  })
  const stream = await drafts.streams.within(nodeName(region, cluster), START_MS)
  if (!stream) return failed('is not running')
  const timeout = Math.min(draft.health_check.timeout, CHECK_MAX_MS)
  const health_check = { ...draft.health_check, timeout }
  const checked = await stream.check({ ...draft, health_check }, timeout + WAY_MS)
  if (checked === 'left') return failed('stopped during the test')
  if (checked === 'late') return failed('did not answer in time')
  const cut = timeout < draft.health_check.timeout
  const found = checked.servers.map((server) => (cut ? inTestWords(server) : server))
  const byAddress = new Map(found.map((server) => [server.address, server]))
  const servers = draft.servers.flatMap((address) => byAddress.get(address) ?? [])
  if (servers.length === draft.servers.length) return { cluster, problem: null, servers }
  return { ...failed('has no room for more connections, so some servers are untested'), servers }
}

/** A server that has not answered by the end of a test might have, within the timeout of its own check. */
function inTestWords(server: CheckedServer): CheckedServer {
  if (server.up || server.latency_ms < CHECK_MAX_MS - TIMER_MS) return server
  return { ...server, reason: `no answer within ${CHECK_MAX_MS / 1000} s, as long as a test waits` }
}
