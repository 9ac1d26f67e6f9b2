import type { DesiredAcl } from '#lib/config/desired.ts'
import { compilePathPattern } from '#lib/core/path-pattern.ts'
import { type AskedRequest, hostName } from './asked-request.ts'
import { readRulePath } from './request-path.ts'

/** Whether a request is what an ACL looks for. */
export type HttpFilter = (request: AskedRequest) => boolean

type DesiredFilter = NonNullable<DesiredAcl['match']['http']>

/** @throws PathPatternError for a regular expression that can't be used */
export function compileHttpFilter(filter: DesiredFilter): HttpFilter {
  const { values } = filter
  switch (filter.type) {
    case 'path_begin': {
      const beginnings = values.map(readRulePath)
      return ({ path }) => beginnings.some((beginning) => path.startsWith(beginning))
    }
    case 'path_end': {
      const ends = values.map(readRulePath)
      return ({ path }) => ends.some((end) => path.endsWith(end))
    }
    case 'path_regex': {
      const patterns = values.map(compilePathPattern)
      return ({ path }) => patterns.some((pattern) => pattern.test(path))
    }
    case 'header':
      return headerFilter(filter.name.toLowerCase(), values)
  }
}

function headerFilter(name: string, values: readonly string[]): HttpFilter {
  if (name === 'host') return hostFilter(values)
  // Heads are latin1; what a person wrote is not.
  const wanted = new Set(values.map((value) => Buffer.from(value, 'utf8').toString('latin1')))
  return ({ head }) =>
    head.fields.some(
      ({ lower, value }) => lower === name && (wanted.size === 0 || holds(wanted, value)),
    )
}

/** Whether a field's value, or one of a list that it may be, is wanted: a list can come as one field or as several. */
function holds(wanted: ReadonlySet<string>, value: string): boolean {
  if (wanted.has(value)) return true
  return value.includes(',') && value.split(',').some((member) => wanted.has(member.trim()))
}

/** Hosts are the same in any case, and the one that counts may be in the target. A value without a port is for all of them. */
function hostFilter(values: readonly string[]): HttpFilter {
  if (values.length === 0) return ({ head }) => head.host !== ''
  const hasPort = (value: string) => /:\d+$/.test(value)
  const names = new Set(values.filter((value) => !hasPort(value)).map(hostName))
  const authorities = new Set(values.filter(hasPort).map((value) => value.toLowerCase()))
  return (request) =>
    names.has(request.host) ||
    (authorities.size > 0 && authorities.has(request.head.host.toLowerCase()))
}
