import type { Region } from '#lib/core/locality.ts'

const FAIRLEAD = '/fairlead/v1'
const id = encodeURIComponent

const regional = (region: Region) => `/lb/v1/regions/${region}`
const lb = (region: Region, lbId: string) => `${regional(region)}/lbs/${id(lbId)}`

type QueryValue = string | number | undefined | readonly string[]

/** A path with the query parameters that have a value. A list repeats its parameter. */
function withQuery(path: string, parameters: Record<string, QueryValue>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== '') query.append(name, String(one))
    }
  }
  return query.size === 0 ? path : `${path}?${query}`
}

type OverviewsQuery = {
  search?: string
  region?: string
  health?: string | readonly string[]
  tags?: string
  order_by?: string
  page?: number
  page_size?: number
}
type ChangesQuery = {
  resource_id?: string
  actor_id?: string
  before?: number
  page_size?: number
}

/** The control plane's own paths. Browsers reach them under `/api`. */
export const apiPath = {
  tokens: () => `${FAIRLEAD}/tokens`,
  token: (accessKey: string) => `${FAIRLEAD}/tokens/${id(accessKey)}`,
  sessions: () => `${FAIRLEAD}/sessions`,
  session: (sessionId: string) => `${FAIRLEAD}/sessions/${id(sessionId)}`,
  endOtherSessions: () => `${FAIRLEAD}/sessions/end-others`,
  accounts: () => `${FAIRLEAD}/accounts`,
  account: (accountId: string) => `${FAIRLEAD}/accounts/${id(accountId)}`,
  accountLink: (accountId: string) => `${FAIRLEAD}/accounts/${id(accountId)}/link`,
  audit: (query: { kind?: string; actor?: string; before?: string; page_size?: number }) =>
    withQuery(`${FAIRLEAD}/audit`, query),
  auditExport: (query: { kind?: string; actor?: string }) =>
    withQuery(`${FAIRLEAD}/audit/export`, query),
  overviews: (query: OverviewsQuery) => withQuery(`${FAIRLEAD}/lbs`, query),
  search: (q: string) => withQuery(`${FAIRLEAD}/search`, { q }),
  changes: (lbId: string, query: ChangesQuery) =>
    withQuery(`${FAIRLEAD}/lbs/${id(lbId)}/changes`, query),
  changeSubjects: (lbId: string) => `${FAIRLEAD}/lbs/${id(lbId)}/changes/subjects`,
  restore: (lbId: string, dryRun: boolean) =>
    withQuery(`${FAIRLEAD}/lbs/${id(lbId)}/restore`, { dry_run: dryRun ? 'true' : undefined }),
  overview: (lbId: string) => `${FAIRLEAD}/lbs/${id(lbId)}`,
  observed: (lbId: string) => `${FAIRLEAD}/lbs/${id(lbId)}/observed`,
  traffic: (
    lbId: string,
    query: {
      range: string
      step_s?: number | undefined
      backend_id?: string | undefined
      server?: string | undefined
    },
  ) => withQuery(`${FAIRLEAD}/lbs/${id(lbId)}/traffic`, query),
  events: (lbId: string | null) => withQuery(`${FAIRLEAD}/events`, { lb_id: lbId ?? undefined }),
  switchover: (lbId: string) => `${FAIRLEAD}/lbs/${id(lbId)}/switchover`,
  failovers: (lbId: string, query: { page_size: number }) =>
    withQuery(`${FAIRLEAD}/lbs/${id(lbId)}/failovers`, query),
  nodes: () => `${FAIRLEAD}/nodes`,
  controlPlanes: () => `${FAIRLEAD}/control-planes`,
  demo: () => `${FAIRLEAD}/demo`,
  node: (nodeId: string) => `${FAIRLEAD}/nodes/${id(nodeId)}`,
  joinTokens: () => `${FAIRLEAD}/nodes/tokens`,
  drainNode: (node: string) => `${FAIRLEAD}/nodes/${id(node)}/drain`,
  undrainNode: (node: string) => `${FAIRLEAD}/nodes/${id(node)}/undrain`,
  placement: (region: Region) => `${FAIRLEAD}/regions/${region}/placement`,
  cancelMoves: (region: Region) => `${FAIRLEAD}/regions/${region}/placement/cancel`,
  rebalance: (region: Region) => `${FAIRLEAD}/regions/${region}/rebalance`,
  description: () => `${FAIRLEAD}/openapi.json`,
  divergences: () => `${FAIRLEAD}/divergences`,
  followDatabase: () => `${FAIRLEAD}/follow-database`,
  draftChecks: () => `${FAIRLEAD}/draft-checks`,
  allIps: () => `${FAIRLEAD}/ips`,
  lbs: (region: Region) => `${regional(region)}/lbs`,
  lb,
  lbRelease: (region: Region, lbId: string, releaseIp: boolean) =>
    withQuery(lb(region, lbId), { release_ip: String(releaseIp) }),
  rules: (lbId: string) => `${FAIRLEAD}/lbs/${id(lbId)}/rules`,
  frontends: (region: Region, lbId: string) => `${lb(region, lbId)}/frontends`,
  frontend: (region: Region, frontendId: string) =>
    `${regional(region)}/frontends/${id(frontendId)}`,
  backends: (region: Region, lbId: string) => `${lb(region, lbId)}/backends`,
  backend: (region: Region, backendId: string) => `${regional(region)}/backends/${id(backendId)}`,
  routes: (region: Region, query: { lb_id?: string }) =>
    withQuery(`${regional(region)}/routes`, query),
  route: (region: Region, routeId: string) => `${regional(region)}/routes/${id(routeId)}`,
  acls: (region: Region, frontendId: string) =>
    `${regional(region)}/frontends/${id(frontendId)}/acls`,
  certificates: (region: Region, lbId: string) => `${lb(region, lbId)}/certificates`,
  certificate: (region: Region, certificateId: string) =>
    `${regional(region)}/certificates/${id(certificateId)}`,
  certificateDetails: (certificateId: string) => `${FAIRLEAD}/certificates/${id(certificateId)}`,
  privateNetworks: (region: Region, lbId: string) => `${lb(region, lbId)}/private-networks`,
  attachPrivateNetwork: (region: Region, lbId: string) =>
    `${lb(region, lbId)}/attach-private-network`,
  detachPrivateNetwork: (region: Region, lbId: string) =>
    `${lb(region, lbId)}/detach-private-network`,
  migrate: (region: Region, lbId: string) => `${lb(region, lbId)}/migrate`,
  subscribers: (region: Region) => `${regional(region)}/subscribers`,
  subscriber: (region: Region, subscriberId: string) =>
    `${regional(region)}/subscribers/${id(subscriberId)}`,
  subscription: (region: Region, subscriberId: string) =>
    `${regional(region)}/lb/subscriber/${id(subscriberId)}`,
  subscribe: (region: Region, lbId: string) => `${regional(region)}/lb/${id(lbId)}/subscribe`,
  unsubscribe: (region: Region, lbId: string) => `${regional(region)}/lb/${id(lbId)}/unsubscribe`,
  deliveries: (subscriberId: string, query: { page_size?: number }) =>
    withQuery(`${FAIRLEAD}/subscribers/${id(subscriberId)}/deliveries`, query),
  retryDelivery: (subscriberId: string, deliveryId: number) =>
    `${FAIRLEAD}/subscribers/${id(subscriberId)}/deliveries/${deliveryId}/retry`,
  testSubscriber: (subscriberId: string) => `${FAIRLEAD}/subscribers/${id(subscriberId)}/test`,
  subscriberSecret: (subscriberId: string) => `${FAIRLEAD}/subscribers/${id(subscriberId)}/secret`,
  ip: (region: Region, ipId: string) => `${regional(region)}/ips/${id(ipId)}`,
}
