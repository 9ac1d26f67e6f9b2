/** The parts of a load balancer that traffic is counted for: all of it, each frontend, each server. */
export const WHOLE = ''
export const frontendPart = (frontendId: string) => `frontend/${frontendId}`
/** `server` is "backend id/address". */
export const serverPart = (server: string) => `server/${server}`

/** Frontends are for the present rates only; their history is not kept. */
export const isKept = (part: string) => !part.startsWith('frontend/')

/** The part or parts asked for: everything, a backend's servers, or one of them. */
export function partsOf(backendId?: string, server?: string): (part: string) => boolean {
  if (backendId === undefined) return (part) => part === WHOLE
  if (server === undefined) return (part) => part.startsWith(serverPart(`${backendId}/`))
  return (part) => part === serverPart(`${backendId}/${server}`)
}

/** The backend's id and the address of a server's part; null for another part. */
export function serverOf(part: string): { backend_id: string; address: string } | null {
  const [, backend_id, address] = /^server\/([^/]+)\/(.+)$/.exec(part) ?? []
  return backend_id && address ? { backend_id, address } : null
}
