import { SERVERS_MAX } from '#lib/core/address.ts'
import { type Backend, NamedServers, SetServers } from '#lib/core/backend.ts'
import { invalidField } from '../../errors.ts'
import { findBackend } from '../../store/find.ts'
import { parseInput } from '../parse-input.ts'
import type { Versioned } from '../versioned-views.ts'
import { type BackendCall, changeBackend } from './change-backend.ts'

/** Appends servers to a backend. Servers that it already has keep their position. */
export async function addServers(call: BackendCall): Promise<Versioned<Backend>> {
  await findBackend(call.ctx.store.reader, call.scope, call.id)
  const { server_ip: added } = parseInput(NamedServers, call.input)
  return changeBackend(call, 'add_servers', ({ servers }) => {
    const all = [...new Set([...servers, ...added])]
    if (all.length <= SERVERS_MAX) return { servers: all }
    throw invalidField('server_ip', `A backend can have at most ${SERVERS_MAX} servers.`)
  })
}

/** Removes servers from a backend. Servers that it doesn't have are ignored. */
export async function removeServers(call: BackendCall): Promise<Versioned<Backend>> {
  await findBackend(call.ctx.store.reader, call.scope, call.id)
  const { server_ip: removed } = parseInput(NamedServers, call.input)
  const gone = new Set(removed)
  return changeBackend(call, 'remove_servers', ({ servers }) => ({
    servers: servers.filter((server) => !gone.has(server)),
  }))
}

/** Replaces all of a backend's servers. */
export async function setServers(call: BackendCall): Promise<Versioned<Backend>> {
  await findBackend(call.ctx.store.reader, call.scope, call.id)
  const { server_ip: servers } = parseInput(SetServers, call.input)
  return changeBackend(call, 'set_servers', () => ({ servers }))
}
