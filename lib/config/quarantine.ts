import * as z from 'zod'
import { Quarantine, QuarantineCause } from '#lib/core/quarantine.ts'
import type { NodeName } from './stream.ts'

/**
 * In which way a process hangs: an endless loop, nothing to wait for and yet silent, stopped by a signal or a debugger, or for
 * long without the processor or the disk.
 */
export type HangReason = 'looping' | 'silent' | 'stopped' | 'starved'

/** Why the supervisor ends a node's process: it hangs, or was not ready in time after its start. */
export type EndReason = HangReason | 'late'

/** A load balancer's generation that a node is not to run. */
export const QuarantinedLb = Quarantine.extend({ lb_id: z.string() })
export type QuarantinedLb = z.infer<typeof QuarantinedLb>

/** A process of a node that ended, and the load balancer whose configuration is to blame. */
export const BlamedEnd = z.object({
  lb_id: z.string(),
  generation: z.int(),
  /** When, RFC 3339. */
  at: z.string(),
  cause: QuarantineCause,
})
export type BlamedEnd = z.infer<typeof BlamedEnd>

/** What the supervisor keeps of a node for the next start, read by the node before it applies anything. */
export const QuarantineFile = z.object({
  ends: z.array(BlamedEnd),
  quarantined: z.array(QuarantinedLb),
})
export type QuarantineFile = z.infer<typeof QuarantineFile>

/** Beside the node's last good configurations, whose names end in `.json`. */
export function quarantinePath(dataDir: string, node: NodeName): string {
  return `${dataDir}/nodes/${node}/quarantine.state`
}
