import * as z from 'zod'

/** A node's name, `fr-par-a`: unique in the installation, and part of file names. */
export const NodeName = z.string().regex(/^[a-z0-9][a-z0-9-]*$/)
export type NodeName = z.infer<typeof NodeName>
