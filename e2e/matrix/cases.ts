import type { RequestCase } from './case.ts'
import { CHUNK_CASES } from './chunk-cases.ts'
import { FRAMING_CASES } from './framing-cases.ts'
import { LINE_CASES } from './line-cases.ts'
import { SEMANTICS_CASES } from './semantics-cases.ts'

/** All request cases. */
export const REQUEST_CASES: readonly RequestCase[] = [
  ...FRAMING_CASES,
  ...CHUNK_CASES,
  ...LINE_CASES,
  ...SEMANTICS_CASES,
]
