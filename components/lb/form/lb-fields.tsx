'use client'
import { useFormContext } from 'react-hook-form'
import { useField } from '#components/form/use-field.ts'
import { Code } from '#components/ui/code.tsx'
import { RadioCards } from '#components/ui/radio-cards.tsx'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { Ip } from '#lib/core/ip.ts'
import { REGION_NAMES, REGIONS } from '#lib/core/regions.ts'
import { AUTOMATIC, type IdentityValues, type LbValues } from './lb-values.ts'

/** The inputs of a load balancer's name, description and tags. */
export function IdentityFields() {
  return (
    <div className="grid gap-4">
      <TextField
        label="Name"
        hint="At most 255 characters."
        autoComplete="off"
        spellCheck={false}
        {...useField<IdentityValues>('name')}
      />
      <TextArea
        label="Description"
        optional
        rows={2}
        hint="At most 1000 characters."
        {...useField<IdentityValues>('description')}
      />
      <TextField
        label="Tags"
        optional
        hint='Comma-separated, up to 50. Quote a tag that contains a comma: "a,b"'
        autoComplete="off"
        {...useField<IdentityValues>('tags')}
      />
    </div>
  )
}

const REGION_OPTIONS = REGIONS.map((region) => ({
  value: region,
  label: REGION_NAMES[region],
  description: `${region}: a master and a backup instance, on clusters of their own`,
}))

/** The input of the region. An address belongs to its region, so another region clears the chosen one. */
export function RegionField() {
  const { register, setValue } = useFormContext<LbValues>()
  const onChange = () => setValue('ip', AUTOMATIC, { shouldDirty: true })
  return (
    <RadioCards
      legend="Region"
      hideLegend
      options={REGION_OPTIONS}
      {...register('region', { onChange })}
    />
  )
}

const AUTOMATIC_OPTION = {
  value: AUTOMATIC,
  label: 'Allocate automatically',
  description: 'A new address of the region',
}

/** The input of the IP address: a new one, or a conserved one of the region. */
export function IpField({ conserved }: { conserved: readonly Ip[] }) {
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
        options={[AUTOMATIC_OPTION, ...options]}
        {...useField<LbValues>('ip')}
      />
    </div>
  )
}
