'use client'
import { useFormContext } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextArea } from '#components/ui/text-area.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import type { Protocol } from '#lib/core/protocol.ts'
import { PROTOCOL_OPTIONS } from '../protocol-options.ts'
import type { RulesValues } from './form-values.ts'
import { HealthCheckFields } from './health-check-fields.tsx'
import { onePerLine } from './server-lines.ts'
import { useRuleField } from './use-rule-field.ts'

/** Web servers that run beside the console to try it with. */
export type DemoServers = { addresses: readonly string[]; port: number }

/** The inputs of one backend rule: name, protocol, port, servers, health check. */
export function BackendRuleFields({ index, demo }: { index: number; demo: DemoServers | null }) {
  const { setValue, getValues } = useFormContext<RulesValues>()
  const base = `backends.${index}` as const
  const servers = useRuleField(`${base}.servers`)
  const protocol = useRuleField(`${base}.protocol`)
  /** A frontend speaks the protocol of its backend, so those in front of this one follow it. */
  const leadFrontends = (spoken: Protocol) => {
    const { key } = getValues(base)
    for (const [at, frontend] of getValues('frontends').entries()) {
      if (frontend.backend === key) setValue(`frontends.${at}.protocol`, spoken)
    }
  }
  const fillDemo = ({ addresses, port }: DemoServers) => {
    const change = { shouldDirty: true, shouldValidate: true }
    setValue(`${base}.servers`, addresses.join('\n'), change)
    setValue(`${base}.port`, String(port), change)
    setValue(`${base}.protocol`, 'http', change)
    leadFrontends('http')
  }
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-3">
        <TextField
          label="Backend name"
          autoComplete="off"
          spellCheck={false}
          {...useRuleField(`${base}.name`)}
        />
        <SelectField
          label="Protocol"
          options={PROTOCOL_OPTIONS}
          {...protocol}
          onChange={(event) => {
            leadFrontends(event.target.value as Protocol)
            return protocol.onChange(event)
          }}
        />
        <TextField
          label="Port"
          hint="1 to 65535, where the servers listen."
          inputMode="numeric"
          autoComplete="off"
          monospace
          {...useRuleField(`${base}.port`)}
        />
      </div>
      <div className="grid justify-items-start gap-2">
        <TextArea
          label="Server IPs"
          className="w-full"
          hint="IPv4 or IPv6, one per line. Commas and spaces are fine when you paste."
          placeholder="10.0.0.4"
          spellCheck={false}
          autoComplete="off"
          monospace
          {...servers}
          onBlur={(event) => {
            // Its lines may be others now, so what was said of them is checked again.
            setValue(`${base}.servers`, onePerLine(event.target.value), { shouldValidate: true })
            return servers.onBlur(event)
          }}
        />
        {demo && (
          <Button size="small" onClick={() => fillDemo(demo)}>
            Use the demo servers
          </Button>
        )}
      </div>
      <HealthCheckFields index={index} />
    </>
  )
}
