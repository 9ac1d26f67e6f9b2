import type { ComponentProps } from 'react'
import { TextArea } from '#components/ui/text-area.tsx'

type Props = { error: string | undefined } & ComponentProps<'textarea'>

/** Where an API token may be used from. Takes what react-hook-form's `register` returns. */
export function NetworksField({ error, ...props }: Props) {
  return (
    <TextArea
      label="Allowed networks"
      optional
      hint="One per line, up to 50. For example: 203.0.113.0/24. Default: any address"
      rows={2}
      monospace
      spellCheck={false}
      error={error}
      {...props}
    />
  )
}
