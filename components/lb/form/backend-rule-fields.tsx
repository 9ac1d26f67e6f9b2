'use client'
import type { ReactNode } from 'react'
import { useFormContext } from 'react-hook-form'
import { Button } from '#components/ui/button.tsx'
import { BackendAdvancedFields } from './backend-advanced-fields.tsx'
import {
  BackendNameInput,
  BackendPortInput,
  BackendProtocolInput,
  CookieInput,
  ProxyInput,
  ServersInput,
  StickyInput,
  syncFrontendProtocols,
} from './backend-inputs.tsx'
import { HealthCheckFields } from './health-check-fields.tsx'
import type { RulesValues } from './rule-values.ts'

/** Web servers for a demonstration. */
export type DemoServers = { addresses: readonly string[]; port: number }

type Props = {
  index: number
  demo: DemoServers | null
  /** The test of the servers, below the health check. */
  test: ReactNode
}

/** The inputs of one backend rule. */
export function BackendRuleFields({ index, demo, test }: Props) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-3">
        <BackendNameInput index={index} />
        <BackendProtocolInput index={index} />
        <BackendPortInput index={index} />
      </div>
      <div className="grid justify-items-start gap-2">
        <ServersInput index={index} />
        {demo && <DemoButton index={index} demo={demo} />}
      </div>
      <HealthCheckFields index={index} />
      {test}
      <div className="grid gap-4 border-t border-border pt-4 sm:grid-cols-3">
        <ProxyInput index={index} />
        <StickyInput index={index} />
        <CookieInput index={index} />
      </div>
      <BackendAdvancedFields index={index} />
    </>
  )
}

function DemoButton({ index, demo }: { index: number; demo: DemoServers }) {
  const form = useFormContext<RulesValues>()
  const fill = () => {
    const base = `backends.${index}` as const
    const change = { shouldDirty: true, shouldValidate: true }
    form.setValue(`${base}.servers`, demo.addresses.join('\n'), change)
    form.setValue(`${base}.port`, String(demo.port), change)
    form.setValue(`${base}.protocol`, 'http', change)
    syncFrontendProtocols(form, index, 'http')
  }
  return (
    <Button size="small" onClick={fill}>
      Use the demo servers
    </Button>
  )
}
