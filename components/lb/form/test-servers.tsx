'use client'
import { type FieldPath, useFormContext, useWatch } from 'react-hook-form'
import { matchErrors, requestOf } from '#components/form/request-fields.ts'
import { validationErrors } from '#lib/client/api-error.ts'
import type { Region } from '#lib/core/locality.ts'
import { DraftCheck } from '../check/draft-check.tsx'
import type { LbValues } from './lb-values.ts'
import { draftCheckFields } from './rule-requests.ts'
import type { RulesValues } from './rule-values.ts'

type Props = {
  /** Which backend of the form. */
  index: number
  region: Region
}

/** Tests the servers of a backend rule with its current values. Invalid fields are shown at their inputs. */
export function TestServers({ index, region }: Props) {
  const { getValues, setError } = useFormContext<RulesValues>()
  const name = `backends.${index}` as const
  // Rerenders on each change: `DraftCheck` compares the values with the tested ones.
  useWatch<RulesValues, typeof name>({ name })
  const fields = () => draftCheckFields(getValues(name), `${name}.`)
  const showErrors = (error: unknown) => {
    for (const [input, message] of matchErrors(validationErrors(error), fields()).byInput) {
      setError(input as FieldPath<RulesValues>, { type: 'server', message })
    }
  }
  return <DraftCheck region={region} draft={() => requestOf(fields())} onError={showErrors} />
}

/** The same on the page where the region is an input too. */
export function TestServersInChosenRegion({ index }: { index: number }) {
  const region = useWatch<LbValues, 'region'>({ name: 'region' })
  return <TestServers index={index} region={region} />
}
