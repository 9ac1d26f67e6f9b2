/** The parts of a load balancer whose traffic is counted: the whole, each frontend and each server. */
export const WHOLE = ''
export const frontendPart = (frontendId: string) => `frontend/${frontendId}`
/** `server` is "backend id/address". */
export const serverPart = (server: string) => `server/${server}`

/** Whether a part's history is recorded. Frontends have current rates only. */
export const isRecorded = (part: string) => !part.startsWith('frontend/')

/** A filter for the whole load balancer, the servers of a backend, or one server. */
export function partFilter(backendId?: string, server?: string): (part: string) => boolean {
  if (backendId === undefined) return (part) => part === WHOLE
  if (server === undefined) return (part) => part.startsWith(serverPart(`${backendId}/`))
  return (part) => part === serverPart(`${backendId}/${server}`)
}

/** The backend's ID and the address of a server's part; null for other parts. */
export function serverOf(part: string): { backend_id: string; address: string } | null {
  const [, backend_id, address] = /^server\/([^/]+)\/(.+)$/.exec(part) ?? []
  return backend_id && address ? { backend_id, address } : null
}
