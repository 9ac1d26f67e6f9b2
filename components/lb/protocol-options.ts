import { PROTOCOLS } from '#lib/core/protocols.ts'

/** The protocols as a select offers them. */
export const PROTOCOL_OPTIONS = PROTOCOLS.map((value) => ({ value, label: value.toUpperCase() }))
