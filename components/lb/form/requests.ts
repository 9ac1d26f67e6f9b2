import type * as z from 'zod'
import type { CreateBackend } from '#lib/core/backend.ts'
import type { CreateLb } from '#lib/core/create-lb.ts'
import type { CreateFrontend } from '#lib/core/frontend.ts'
import {
  AUTOMATIC,
  type BackendValues,
  type CheckValues,
  type FrontendValues,
  type IdentityValues,
  type LbValues,
} from './form-values.ts'
import { serverLines } from './server-lines.ts'

/** What is typed as a number; not typed is left out, and what is no whole number becomes NaN, which schemas refuse. */
function numberOf(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return /^\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN
}

/** As the schemas' inputs take it: a field that must be there may still be missing, and is then named. */
const required = (text: string) => numberOf(text) as number

export function tagsOf(text: string): string[] {
  const tags = text.split(',').map((tag) => tag.trim())
  return [...new Set(tags.filter((tag) => tag !== ''))]
}

export function identityRequest({ name, description, tags }: IdentityValues) {
  return { name, description: description.trim(), tags: tagsOf(tags) }
}

function checkRequest(check: CheckValues, port: string) {
  return {
    port: required(check.port.trim() === '' ? port : check.port),
    check_delay: numberOf(check.delay),
    check_timeout: numberOf(check.timeout),
    check_max_retries: required(check.retries),
    ...(check.kind === 'http'
      ? { http_config: { uri: check.uri, code: numberOf(check.code) } }
      : { tcp_config: {} }),
  }
}

export function backendRequest(backend: BackendValues): z.input<typeof CreateBackend> {
  return {
    name: backend.name,
    forward_protocol: backend.protocol,
    forward_port: required(backend.port),
    server_ip: serverLines(backend.servers).map(({ address }) => address),
    health_check: checkRequest(backend.check, backend.port),
  }
}

const frontendBase = ({ name, protocol, port }: FrontendValues) => ({
  name,
  protocol,
  inbound_port: required(port),
})

export function frontendRequest(frontend: FrontendValues): z.input<typeof CreateFrontend> {
  return { ...frontendBase(frontend), backend_id: frontend.backend }
}

export function lbRequest(values: LbValues): z.input<typeof CreateLb> {
  const backendNamed = (key: string) => {
    const backend = values.backends.find((one) => one.key === key)
    // A backend without a name is that rule's problem; its frontends still say which they mean.
    return backend ? backend.name.trim() || backend.key : ''
  }
  return {
    ...identityRequest(values),
    ...(values.ip !== AUTOMATIC && { ip_id: values.ip }),
    backends: values.backends.map(backendRequest),
    frontends: values.frontends.map((frontend) => ({
      ...frontendBase(frontend),
      backend: backendNamed(frontend.backend),
    })),
  }
}
