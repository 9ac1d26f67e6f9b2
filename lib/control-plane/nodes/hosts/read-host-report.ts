import * as z from 'zod'
import { HostReport } from '#lib/protocol/host-link.ts'
import { parseAny } from '../../services/parse-input.ts'

const TYPES: ReadonlySet<string> = new Set(HostReport.options.map(({ shape }) => shape.type.value))

/** Reads a host's report; null for a type that another version knows. @throws ApiError 400 */
export function readHostReport(input: unknown): HostReport | null {
  const { type } = parseAny(z.object({ type: z.string() }), input)
  return TYPES.has(type) ? parseAny(HostReport, input) : null
}
