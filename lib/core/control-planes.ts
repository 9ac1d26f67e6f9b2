import * as z from 'zod'

/** A control plane of the installation. */
export const ControlPlaneStatus = z.object({
  /** Another one at each start. */
  id: z.string(),
  /** The name of its machine. */
  host: z.string(),
  /** Where its API listens, and where nodes of other machines connect; `node_address` is null without `FAIRLEAD_NODE_ADDRESS`. */
  api_address: z.string(),
  node_address: z.string().nullable(),
  version: z.string(),
  /** `gone`: it has not written to the database for 15 s. It was stopped, or can't reach the database, or only reads. */
  state: z.enum(['running', 'gone']),
  /** Whether it is the leader, which does what must happen once. */
  leads: z.boolean(),
  /** Whether it has answered this request. */
  current: z.boolean(),
  started_at: z.string(),
  /** When it last wrote to the database, by its own clock. */
  last_seen_at: z.string(),
})
export type ControlPlaneStatus = z.infer<typeof ControlPlaneStatus>

/** `GET /fairlead/v1/control-planes`: by host and address. One that is gone for a day is removed. */
export const ControlPlaneList = z.object({
  control_planes: z.array(ControlPlaneStatus),
  /** Whether the database can have several control planes: it is PostgreSQL. */
  shared: z.boolean(),
})
export type ControlPlaneList = z.infer<typeof ControlPlaneList>
