import * as z from 'zod'
import { Quarantine, QuarantineCause } from '#lib/core/quarantine.ts'
import type { NodeName } from './node-name.ts'

/**
 * How a process hangs: `looping` uses the CPU without a heartbeat, `silent` sleeps, `stopped` was stopped by a signal or a
 * debugger, `starved` has waited too long for a CPU or a disk.
 */
export const HangReason = z.enum(['looping', 'silent', 'stopped', 'starved'])
export type HangReason = z.infer<typeof HangReason>

/** Why the supervisor kills a node's process: it hangs, or was not ready in time after its start (`late`). */
export type KillReason = HangReason | 'late'

/** A generation of a load balancer that a node must not run. */
export const QuarantinedLb = Quarantine.extend({ lb_id: z.string() })
export type QuarantinedLb = z.infer<typeof QuarantinedLb>

/** The end of a node's process, and the load balancer whose configuration is to blame. */
export const BlamedEnd = z.object({
  lb_id: z.string(),
  generation: z.int(),
  /** When, RFC 3339. */
  at: z.string(),
  cause: QuarantineCause,
})
export type BlamedEnd = z.infer<typeof BlamedEnd>

/** `quarantine.state`: the supervisor writes it, and a node reads it before it applies anything. */
export const QuarantineFile = z.object({
  ends: z.array(BlamedEnd),
  quarantined: z.array(QuarantinedLb),
})
export type QuarantineFile = z.infer<typeof QuarantineFile>

/** The path of `quarantine.state`, in the directory of the node's last good configurations (`*.json`). */
export function quarantinePath(dataDir: string, node: NodeName): string {
  return `${dataDir}/nodes/${node}/quarantine.state`
}
