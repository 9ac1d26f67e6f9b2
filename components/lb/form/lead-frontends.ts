import type { UseFormReturn } from 'react-hook-form'
import type { Protocol } from '#lib/core/protocol.ts'
import type { RulesValues } from './form-values.ts'

/** A frontend speaks the protocol of its backend, so those of the form in front of this backend follow it. */
export function leadFrontends(
  { getValues, setValue }: Pick<UseFormReturn<RulesValues>, 'getValues' | 'setValue'>,
  index: number,
  spoken: Protocol,
): void {
  const { key } = getValues(`backends.${index}`)
  for (const [at, frontend] of getValues('frontends').entries()) {
    if (frontend.backend === key) setValue(`frontends.${at}.protocol`, spoken)
  }
}
