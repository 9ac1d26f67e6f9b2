const LIST = '/network/load-balancers'

const lbPath = (lbId: string) => `${LIST}/${encodeURIComponent(lbId)}`

const LB_PAGE = new RegExp(`^${LIST}/([0-9a-f-]{36})(?:/|$)`)

/** The ID of the load balancer whose page a path is; null on other pages. */
export function lbIdOfPath(path: string): string | null {
  return LB_PAGE.exec(path)?.[1] ?? null
}

const editPath = (lbId: string, rule: 'frontend' | 'backend', id: string, field: string) =>
  `${lbPath(lbId)}/${rule}s?${new URLSearchParams({ edit: id, field })}#${rule}-${id}`

/** The paths of the console's pages. A rule or an address is a row, named by the fragment. */
export const consolePath = {
  loadBalancers: () => LIST,
  nodes: () => `${LIST}/nodes`,
  createLoadBalancer: () => `${LIST}/create`,
  loadBalancer: (lbId: string) => lbPath(lbId),
  copyAs: (lbId: string) => `${lbPath(lbId)}#copy-as`,
  frontends: (lbId: string) => `${lbPath(lbId)}/frontends`,
  frontend: (lbId: string, id: string) => `${lbPath(lbId)}/frontends#frontend-${id}`,
  frontendRouting: (lbId: string, id: string) =>
    `${lbPath(lbId)}/frontends/${encodeURIComponent(id)}`,
  /** Opens the row for editing, with the focus in the input of `field`. */
  editFrontend: (lbId: string, id: string, field: string) => editPath(lbId, 'frontend', id, field),
  createFrontend: (lbId: string) => `${lbPath(lbId)}/frontends/new`,
  backends: (lbId: string) => `${lbPath(lbId)}/backends`,
  backend: (lbId: string, id: string) => `${lbPath(lbId)}/backends#backend-${id}`,
  editBackend: (lbId: string, id: string, field: string) => editPath(lbId, 'backend', id, field),
  certificates: (lbId: string) => `${lbPath(lbId)}/certificates`,
  privateNetworks: (lbId: string) => `${lbPath(lbId)}/private-networks`,
  history: (lbId: string) => `${lbPath(lbId)}/history`,
  createBackend: (lbId: string) => `${lbPath(lbId)}/backends/new`,
  security: () => '/account/security',
  people: () => '/account/people',
  /** The secret is in the fragment, which browsers send to no server. */
  invite: (token: string) => `/invite#${token}`,
  audit: () => '/account/audit',
  apiTokens: () => '/account/api-tokens',
  documentation: () => '/docs',
  apiReference: () => '/docs/api',
  subscribers: () => '/network/subscribers',
  ipAddresses: () => '/network/ip-addresses',
  ipAddress: (id: string) => `/network/ip-addresses#ip-${id}`,
}
