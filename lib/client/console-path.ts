const LIST = '/network/load-balancers'

const under = (lbId: string) => `${LIST}/${encodeURIComponent(lbId)}`

const LB_PAGE = new RegExp(`^${LIST}/([0-9a-f-]{36})(?:/|$)`)

/** The load balancer whose page a path is; null on other pages. */
export function lbIdOfPath(path: string): string | null {
  return LB_PAGE.exec(path)?.[1] ?? null
}

/** Where the console's pages are. A rule's or an address's own place is its row, by fragment. */
export const consolePath = {
  loadBalancers: () => LIST,
  nodes: () => `${LIST}/nodes`,
  createLoadBalancer: () => `${LIST}/create`,
  loadBalancer: (lbId: string) => under(lbId),
  copyAs: (lbId: string) => `${under(lbId)}#copy-as`,
  frontends: (lbId: string) => `${under(lbId)}/frontends`,
  frontend: (lbId: string, id: string) => `${under(lbId)}/frontends#frontend-${id}`,
  frontendRouting: (lbId: string, id: string) =>
    `${under(lbId)}/frontends/${encodeURIComponent(id)}`,
  createFrontend: (lbId: string) => `${under(lbId)}/frontends/new`,
  backends: (lbId: string) => `${under(lbId)}/backends`,
  backend: (lbId: string, id: string) => `${under(lbId)}/backends#backend-${id}`,
  certificates: (lbId: string) => `${under(lbId)}/certificates`,
  privateNetworks: (lbId: string) => `${under(lbId)}/private-networks`,
  history: (lbId: string) => `${under(lbId)}/history`,
  createBackend: (lbId: string) => `${under(lbId)}/backends/new`,
  security: () => '/account/security',
  people: () => '/account/people',
  /** Its secret is in the fragment, which no server is told. */
  invite: (token: string) => `/invite#${token}`,
  audit: () => '/account/audit',
  apiTokens: () => '/account/api-tokens',
  documentation: () => '/docs',
  apiReference: () => '/docs/api',
  subscribers: () => '/network/subscribers',
  ipAddresses: () => '/network/ip-addresses',
  ipAddress: (id: string) => `/network/ip-addresses#ip-${id}`,
}
