'use client'
import { useFormContext } from 'react-hook-form'
import { Code } from '#components/ui/code.tsx'
import { RadioCards } from '#components/ui/radio-cards.tsx'
import type { Ip } from '#lib/core/ip.ts'
import { AUTOMATIC, type LbValues } from './form-values.ts'

const AUTOMATIC_OPTION = {
  value: AUTOMATIC,
  label: 'Allocate automatically',
  description: 'A new address of the region',
}

/** The highly available address: a new one, or one of the region that was kept. */
export function IpField({ conserved }: { conserved: readonly Ip[] }) {
  const { register, formState } = useFormContext<LbValues>()
  const options = conserved.map(({ id, ip_address }) => ({
    value: id,
    label: <Code>{ip_address}</Code>,
    description: 'Conserved',
  }))
  return (
    <div className="max-h-80 overflow-y-auto">
      <RadioCards
        legend="IP address"
        hideLegend
        hint={conserved.length === 0 ? 'No address of this region is conserved.' : undefined}
        error={formState.errors.ip?.message}
        options={[AUTOMATIC_OPTION, ...options]}
        {...register('ip')}
      />
    </div>
  )
}
