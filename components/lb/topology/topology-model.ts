import type { StatusTone } from '#components/ui/status-badge.tsx'

/** One box of the picture. */
export type Part = {
  key: string
  title: string
  /** Its second line: a role, a protocol and port, a server's health. */
  detail: string
  tone: StatusTone
  /** How much passes: "12 req/s"; absent where nothing does. */
  rate?: string
  /** The page or row that it stands for; none while it is only being typed. */
  href?: string
  /** Said on hover: what does not fit. */
  explanation?: string
}

export type InstancePart = Part & { active: boolean }
/** `backend` is the key of the backend behind it; null while none is chosen. Its routes lead to those in `routed`. */
export type FrontendPart = Part & { backend: string | null; routed?: string[] }
/** `more` counts the servers that are not drawn. */
export type BackendPart = Part & { servers: Part[]; more: number }

/** A load balancer as a picture: the way of its traffic from the address to the servers. */
export type Topology = {
  address: Part
  instances: InstancePart[]
  frontends: FrontendPart[]
  backends: BackendPart[]
}

/** More servers of one backend than this are counted, not drawn. */
export const SERVERS_DRAWN = 6
