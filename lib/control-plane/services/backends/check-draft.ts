import {
  type CheckedServer,
  type DraftCheck,
  type DraftCheckInstance,
  DraftCheckRequest,
} from '#lib/core/draft-check.ts'
import { HealthCheck } from '#lib/core/health-check.ts'
import { CLUSTERS, type Cluster, type Region } from '#lib/core/locality.ts'
import type { DesiredDraft } from '#lib/protocol/desired-config.ts'
import type { Context } from '../../context.ts'
import { deniedServers } from '../../egress/denied-servers.ts'
import { refuseProblems } from '../../errors.ts'
import { planDraft } from '../../plan/plan.ts'
import { act } from '../act.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { withHealthCheck } from './with-health-check.ts'

/**
 * Time limits: for nodes to start, for the check, and for the order and its result on their way. Their sum is less than the console's
 * time limit.
 */
const START_MS = 3000
const CHECK_MAX_MS = 5000
const TRANSFER_MS = 1000
/** How early a timer can fire. */
const TIMER_MS = 50

/** Runs the health check of an unsaved backend once on both nodes of a region. */
export async function checkDraft({
  ctx,
  input,
}: CallWith<'input', 'store' | 'drafts' | 'egress' | 'actor' | 'authority'>): Promise<DraftCheck> {
  const { region, draft } = readDraft(ctx, input)
  const end = ctx.drafts.limiter.begin(ctx.actor.id)
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
  const stream = await drafts.streams.waitFor(region, cluster, START_MS)
  if (!stream) return failed('is not running')
  const timeout = Math.min(draft.health_check.timeout, CHECK_MAX_MS)
  const health_check = { ...draft.health_check, timeout }
  const checked = await stream.check({ ...draft, health_check }, timeout + TRANSFER_MS)
  if (checked === 'disconnected') return failed('stopped during the test')
  if (checked === 'timeout') return failed('did not answer in time')
  const isCut = timeout < draft.health_check.timeout
  const results = checked.servers.map((server) => (isCut ? withTestTimeout(server) : server))
  const byAddress = new Map(results.map((server) => [server.address, server]))
  const servers = draft.servers.flatMap((address) => byAddress.get(address) ?? [])
  if (servers.length === draft.servers.length) return { cluster, problem: null, servers }
  return { ...failed('has no room for more connections, so some servers are untested'), servers }
}

/** Explains a timeout of the test, which is shorter than the timeout of the backend's health check. */
function withTestTimeout(server: CheckedServer): CheckedServer {
  if (server.up || server.latency_ms < CHECK_MAX_MS - TIMER_MS) return server
  return { ...server, reason: `no answer within ${CHECK_MAX_MS / 1000} s, as long as a test waits` }
}
