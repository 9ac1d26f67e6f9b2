'use client'
import { useFormContext } from 'react-hook-form'
import { RadioCards } from '#components/ui/radio-cards.tsx'
import { REGION_NAMES, REGIONS } from '#lib/core/regions.ts'
import { AUTOMATIC, type LbValues } from './form-values.ts'

const OPTIONS = REGIONS.map((region) => ({
  value: region,
  label: REGION_NAMES[region],
  description: `${region}: a master and a backup instance, on clusters of their own`,
}))

/** Where the load balancer is. An address belongs to its region, so another region drops the chosen one. */
export function RegionField() {
  const { register, setValue } = useFormContext<LbValues>()
  const onChange = () => setValue('ip', AUTOMATIC, { shouldDirty: true })
  return (
    <RadioCards
      legend="Region"
      hideLegend
      options={OPTIONS}
      {...register('region', { onChange })}
    />
  )
}
