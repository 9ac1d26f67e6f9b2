'use client'
import type { ReactNode } from 'react'
import { useWatch } from 'react-hook-form'
import { CheckboxField } from '#components/ui/checkbox-field.tsx'
import { SelectField } from '#components/ui/select-field.tsx'
import { TextField } from '#components/ui/text-field.tsx'
import { ALGORITHM_NAMES, optionsOf } from '../backend-options.ts'
import { AdvancedFields } from './advanced-fields.tsx'
import { CheckTimingFields } from './health-check-fields.tsx'
import { NumberInput, type RuleInputProps, useRuleField } from './rule-input.tsx'
import type { RulesValues } from './rule-values.ts'

const ALGORITHM_OPTIONS = optionsOf(ALGORITHM_NAMES)

const CHECK_FIELDS = ['delay', 'timeout', 'retries', 'transientDelay', 'port'] as const
const TIMEOUTS = ['connect', 'server', 'tunnel', 'queue'] as const
const LIMITS = ['algorithm', 'maxConnections', 'maxRetries', 'redispatch'] as const
const HOSTS = ['serverHost', 'failoverHost'] as const

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-3 text-[0.8125rem] font-medium text-muted">{title}</legend>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">{children}</div>
    </fieldset>
  )
}

/** A backend's timing, balancing and limits. */
export function BackendAdvancedFields({ index }: RuleInputProps) {
  const base = `backends.${index}` as const
  const fields = [
    ...CHECK_FIELDS.map((field) => `${base}.check.${field}` as const),
    ...TIMEOUTS.map((field) => `${base}.timeouts.${field}` as const),
    ...LIMITS.map((field) => `${base}.${field}` as const),
    ...HOSTS.map((field) => `${base}.${field}` as const),
  ]
  return (
    <AdvancedFields fields={fields}>
      <div className="grid gap-6">
        <Group title="Health check timing">
          <CheckTimingFields index={index} />
        </Group>
        <Group title="Balancing">
          <BalancingFields index={index} />
        </Group>
        <Group title="Timeouts">
          <TimeoutFields index={index} />
        </Group>
        <ServerNameField index={index} />
        <HttpFields index={index} />
      </div>
    </AdvancedFields>
  )
}

function BalancingFields({ index }: RuleInputProps) {
  const base = `backends.${index}` as const
  return (
    <>
      <SelectField
        label="Balancing"
        options={ALGORITHM_OPTIONS}
        hint="How the next server is chosen."
        {...useRuleField(`${base}.algorithm`)}
      />
      <NumberInput
        name={`${base}.maxConnections`}
        label="Connections per server"
        hint="Further ones wait. No limit unless given."
      />
      <NumberInput
        name={`${base}.maxRetries`}
        label="Retries"
        hint="Further attempts to connect to a server. 3 unless given."
      />
      <NumberInput
        name={`${base}.redispatch`}
        label="Redispatch attempts"
        hint="Retries until another server is tried. Only the last one unless given."
      />
      <CheckboxField
        label="Cut connections of a server that is down"
        hint="Otherwise they may end by themselves."
        {...useRuleField(`${base}.cutWhenDown`)}
      />
    </>
  )
}

/** The server name for TLS to the servers in TCP mode. */
function ServerNameField({ index }: RuleInputProps) {
  const base = `backends.${index}` as const
  const [protocol, tls] = useWatch<
    RulesValues,
    [`backends.${number}.protocol`, `backends.${number}.tls`]
  >({ name: [`${base}.protocol`, `${base}.tls`] })
  const serverHost = useRuleField(`${base}.serverHost`)
  if (protocol === 'http' || !tls) return null
  return (
    <Group title="TLS to servers">
      <TextField
        label="Host for servers"
        hint="Server name (SNI) for TLS to the servers. For example: app.example.com"
        autoComplete="off"
        spellCheck={false}
        monospace
        {...serverHost}
      />
    </Group>
  )
}

/** Settings that need HTTP. */
function HttpFields({ index }: RuleInputProps) {
  const base = `backends.${index}` as const
  const [protocol, sticky] = useWatch<
    RulesValues,
    [`backends.${number}.protocol`, `backends.${number}.sticky`]
  >({ name: [`${base}.protocol`, `${base}.sticky`] })
  const nocache = useRuleField(`${base}.nocache`)
  const serverHost = useRuleField(`${base}.serverHost`)
  const failoverHost = useRuleField(`${base}.failoverHost`)
  if (protocol !== 'http') return null
  return (
    <Group title="HTTP">
      <TextField
        label="Host for servers"
        hint="Host header sent to the servers. With TLS to the servers, also the server name (SNI). Default: the client's Host. For example: app.example.com"
        autoComplete="off"
        spellCheck={false}
        monospace
        {...serverHost}
      />
      <TextField
        label="Failover host"
        hint="While no server is up, GET and HEAD requests are redirected to this host. For example: sorry.example.com"
        autoComplete="off"
        spellCheck={false}
        monospace
        {...failoverHost}
      />
      {sticky === 'cookie' && (
        <CheckboxField
          label="Keep the cookie out of shared caches"
          hint="Cacheable responses that set the cookie get Cache-Control: private."
          {...nocache}
        />
      )}
    </Group>
  )
}

function TimeoutFields({ index }: RuleInputProps) {
  const base = `backends.${index}.timeouts` as const
  return (
    <>
      <NumberInput
        name={`${base}.connect`}
        label="Connect timeout (ms)"
        hint="To reach a server. 5000 unless given."
      />
      <NumberInput
        name={`${base}.server`}
        label="Server timeout (ms)"
        hint="For a server's silence. 300000 unless given."
      />
      <NumberInput
        name={`${base}.tunnel`}
        label="Tunnel timeout (ms)"
        hint="For silence on upgraded connections. 900000 unless given."
      />
      <NumberInput
        name={`${base}.queue`}
        label="Queue timeout (ms)"
        hint="For a connection that waits for a server. 60000 unless given."
      />
    </>
  )
}
