import * as z from 'zod'
import { Counters, ObservedServer } from '#lib/core/observed.ts'
import { LbReport, NodeReport } from '#lib/protocol/report.ts'
import { parseAny } from '../../services/parse-input.ts'
import { yieldEvery } from '../../yield-every.ts'

/** The schema of what there is one of for each load balancer. */
const LbEnvelope = LbReport.extend({
  servers: z.array(z.unknown()),
  server_counters: z.record(z.string(), z.unknown()),
})
const Envelope = NodeReport.extend({ lbs: z.array(z.unknown()) })

/**
 * Reads what a node reports, server by server: of a large load balancer that takes tens of milliseconds, in which the event loop
 * gets to run.
 * @throws ApiError 400
 */
export async function readReport(told: unknown): Promise<NodeReport> {
  const yieldWhenDue = yieldEvery()
  const { lbs, ...others } = parseAny(Envelope, told)
  const reports: LbReport[] = []
  for (const lb of lbs) {
    const report = parseAny(LbEnvelope, lb)
    await yieldWhenDue()
    const servers: LbReport['servers'] = []
    for (const server of report.servers) {
      servers.push(parseAny(ObservedServer, server))
      await yieldWhenDue()
    }
    const counters: LbReport['server_counters'] = {}
    for (const [key, one] of Object.entries(report.server_counters)) {
      counters[key] = parseAny(Counters, one)
      await yieldWhenDue()
    }
    reports.push({ ...report, servers, server_counters: counters })
  }
  return { ...others, lbs: reports }
}
