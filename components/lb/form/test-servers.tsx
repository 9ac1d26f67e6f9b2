'use client'
import { type FieldPath, useFormContext, useWatch } from 'react-hook-form'
import { validationErrors } from '#lib/client/api-error.ts'
import type { Region } from '#lib/core/locality.ts'
import { DraftCheck } from '../check/draft-check.tsx'
import type { BackendValues } from './backend-values.ts'
import { placeProblems } from './form-problems.ts'
import type { LbValues, RulesValues } from './form-values.ts'
import { backendRequest } from './requests.ts'

type Props = {
  /** Which backend of the form. */
  index: number
  region: Region
}

/** What a backend's health check depends on. */
function draftOf(values: BackendValues) {
  const { forward_port, proxy_protocol, server_ip, health_check, host } = backendRequest(values)
  return { forward_port, proxy_protocol, server_ip, health_check, host }
}

/** Tests the servers of a backend rule as it is typed. What is wrong with it is shown at its inputs. */
export function TestServers({ index, region }: Props) {
  const { getValues, setError } = useFormContext<RulesValues>()
  const name = `backends.${index}` as const
  // What is tested is compared with what is typed, so each keystroke counts.
  useWatch<RulesValues, typeof name>({ name })
  const showProblems = (error: unknown) => {
    const problems = validationErrors(error).map(({ field, message }) => ({
      field: `${name}.${field}`,
      message,
    }))
    const { byInput } = placeProblems(problems, getValues())
    for (const [input, message] of byInput) {
      setError(input as FieldPath<RulesValues>, { type: 'server', message })
    }
  }
  return (
    <DraftCheck region={region} draft={() => draftOf(getValues(name))} onProblems={showProblems} />
  )
}

/** The same, on the page where the region is chosen as well. */
export function TestServersInChosenRegion({ index }: { index: number }) {
  const region = useWatch<LbValues, 'region'>({ name: 'region' })
  return <TestServers index={index} region={region} />
}
