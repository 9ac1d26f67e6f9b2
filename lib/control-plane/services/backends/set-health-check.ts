import { HealthCheck, HealthCheckInput } from '#lib/core/health-check.ts'
import { findBackend } from '../../store/find.ts'
import { parseInput } from '../parse-input.ts'
import type { Versioned } from '../versioned-views.ts'
import { type BackendCall, changeBackend } from './change-backend.ts'

/** Replaces a backend's health check. Returns only the check, as in Scaleway's API. */
export async function setHealthCheck(call: BackendCall): Promise<Versioned<HealthCheck>> {
  await findBackend(call.ctx.store.reader, call.scope, call.id)
  const check = HealthCheck.parse(parseInput(HealthCheckInput, call.input))
  const { etag } = await changeBackend(call, 'set_health_check', () => ({ health_check: check }))
  return { value: check, etag }
}
