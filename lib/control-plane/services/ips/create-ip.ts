import { CreateIp, type Ip } from '#lib/core/ip.ts'
import { createScope } from '../../scope.ts'
import { ipView } from '../../views/ip-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'
import { allocateIp } from './allocate-ip.ts'

/** Allocates an IP that isn't attached to a load balancer. */
export async function createIp({
  ctx,
  scope,
  input,
}: CallWith<'scope' | 'input', Write | 'fleet' | 'addresses' | 'owner'>): Promise<Versioned<Ip>> {
  const createIn = createScope(scope)
  const request = parseInput(CreateIp, input)
  return change(ctx, async (writer, at) => {
    const ip = await allocateIp(ctx, writer, at, { ...request, scope: createIn, lbId: null })
    return {
      entries: [{ verb: 'create', type: 'ip', id: ip.id, before: null, after: ip }],
      result: async () => ({ value: ipView(ip), etag: etagOf(ip) }),
    }
  })
}
