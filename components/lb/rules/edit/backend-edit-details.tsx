'use client'
import { useWatch } from 'react-hook-form'
import type { Backend } from '#lib/core/backend.ts'
import type { Frontend } from '#lib/core/frontend.ts'
import type { Region } from '#lib/core/locality.ts'
import { BackendAdvancedFields } from '../../form/backend-advanced-fields.tsx'
import type { RulesValues } from '../../form/form-values.ts'
import { HttpCheckFields } from '../../form/health-check-fields.tsx'
import { TestServers } from '../../form/test-servers.tsx'

type Props = {
  region: Region
  known: Backend
  /** The frontends in front of it, which speak what it speaks. */
  users: readonly Frontend[]
}

/** What of a backend has no column of its own, and what its change brings about. */
export function BackendEditDetails({ region, known, users }: Props) {
  const protocol = useWatch<RulesValues, 'backends.0.protocol'>({ name: 'backends.0.protocol' })
  const followers = protocol === known.forward_protocol ? [] : users
  return (
    <>
      {followers.length > 0 && (
        <p role="status" className="text-[0.8125rem]/5 text-muted">
          The frontend rules in front of it follow to {protocol.toUpperCase()}:{' '}
          {followers.map(({ name }) => name).join(', ')}.
        </p>
      )}
      <HttpCheckFields index={0} />
      <TestServers index={0} region={region} />
      <BackendAdvancedFields index={0} />
    </>
  )
}
