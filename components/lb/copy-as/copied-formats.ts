import { asCurl } from './as-curl.ts'
import { asScw } from './as-scw.ts'
import { asSdk } from './as-sdk.ts'
import { asTerraform } from './as-terraform.ts'
import type { LbWithRules } from './creations.ts'
import { creationsOf } from './creations.ts'

const WRITERS = { curl: asCurl, scw: asScw, terraform: asTerraform, sdk: asSdk }
export type CopiedFormat = keyof typeof WRITERS

/** Code in a format that creates an equal load balancer. */
export function copiedAs(format: CopiedFormat, source: LbWithRules, apiUrl: string): string {
  return WRITERS[format](creationsOf(source), apiUrl, source.lb.zone)
}
