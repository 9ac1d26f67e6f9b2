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
 * Validates a node's report, and yields to the event loop between servers: the report of a large load balancer takes tens of
 * milliseconds.
 * @throws ApiError 400
 */
export async function readReport(input: unknown): Promise<NodeReport> {
  const yieldWhenDue = yieldEvery()
  const { lbs, ...others } = parseAny(Envelope, input)
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
