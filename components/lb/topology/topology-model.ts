import type { StatusTone } from '#components/ui/status-badge.tsx'

/** One box of the picture. */
export type Part = {
  key: string
  title: string
  /** Its second line: a role, a protocol and port, a server's health. */
  detail: string
  tone: StatusTone
  /** The rate of its traffic: "12 req/s"; absent where there is none. */
  rate?: string
  /** Its page or row; absent while it is only in a form. */
  href?: string
  /** The tooltip. */
  explanation?: string
}

export type InstancePart = Part & { active: boolean }
/** `backend` is the key of its backend; null for none. `routed` are the keys of its routes' backends. */
export type FrontendPart = Part & { backend: string | null; routed?: string[] }
/** `more` is the number of servers that are not shown. */
export type BackendPart = Part & { servers: Part[]; more: number }

/** A load balancer as a picture: the path of its traffic from the address to the servers. */
export type Topology = {
  address: Part
  instances: InstancePart[]
  frontends: FrontendPart[]
  backends: BackendPart[]
}

/** How many servers of a backend are shown. */
export const SERVERS_SHOWN = 6
