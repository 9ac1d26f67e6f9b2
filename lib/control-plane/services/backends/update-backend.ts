import {
  type Backend,
  backendConflicts,
  cookieNameProblems,
  UpdateBackend,
} from '#lib/core/backend.ts'
import { refuseProblems } from '../../errors.ts'
import { findBackend } from '../../store/find.ts'
import { parseInput } from '../parse-input.ts'
import type { Versioned } from '../versioned-views.ts'
import { type BackendCall, changeBackend } from './change-backend.ts'

/** Updates a backend, except its servers and health check. Omitted fields keep their values. */
export async function updateBackend(call: BackendCall): Promise<Versioned<Backend>> {
  await findBackend(call.ctx.store.reader, call.scope, call.id)
  const request = parseInput(UpdateBackend, call.input)
  const given = Object.fromEntries(
    Object.entries(request).filter(([, value]) => value !== undefined),
  ) as Partial<UpdateBackend>
  return changeBackend(call, 'update', (row) => {
    const next = { ...row, ...given }
    refuseProblems([...backendConflicts(next), ...cookieNameProblems(next, row)])
    return given
  })
}
