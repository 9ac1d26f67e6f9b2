import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AclSpec } from '#lib/core/acl.ts'
import { CreateBackend } from '#lib/core/backend.ts'
import { CreateFrontend } from '#lib/core/frontend.ts'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import { CreateRoute } from '#lib/core/route.ts'
import { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { compileAcls } from '#lib/runtime/rules/prepared-rules.ts'
import { runToEnd } from '#lib/runtime/scheduling/slices.ts'
import { usableBackend } from '#lib/runtime/usable-backend.ts'
import { acceptedBy } from '#lib/testing/control-plane/accepted-by.ts'
import {
  newAclRow,
  newBackendRow,
  newFrontendRow,
  newRouteRow,
} from '../services/rules/new-rows.ts'
import { aclProblems } from '../services/rules/protocol-conflicts.ts'
import { plan } from './plan.ts'

// All input that the schemas accept can be planned, and nodes apply it without a problem.

const AT = '2026-07-21T10:17:00.000001Z'
const LB = '7c1f2f4e-3f0a-4b6e-9d55-2c8a1f7b9e10'

const lb = {
  id: LB,
  name: 'shop',
  region: 'fr-par' as const,
  type: 'lb-s',
  generation: 1,
  revision: 'r',
  changed_at: AT,
  master: 'a' as const,
}

const list = <Schema extends Parameters<typeof acceptedBy>[0]>(schema: Schema) =>
  fc.array(acceptedBy(schema), { minLength: 1, maxLength: 2 })

const requests = fc.record({
  backends: list(CreateBackend),
  frontends: list(CreateFrontend),
  acls: list(AclSpec),
  routes: list(CreateRoute),
})

test('every accepted value can be planned and applied', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(requests, (input) => {
      const backends = input.backends.map((one) => newBackendRow(LB, CreateBackend.parse(one)))
      const [{ id: backendId } = { id: '' }] = backends
      const frontends = input.frontends.map((one) =>
        newFrontendRow(LB, backendId, CreateFrontend.parse(one)),
      )
      const [frontend] = frontends
      if (!frontend) throw new Error('no frontend')
      const acls = input.acls
        .map((one) => AclSpec.parse(one))
        // Values of any filter may also be sent as a regular expression.
        .flatMap((spec) => [
          spec,
          { ...spec, match: { ...spec.match, http_filter: 'regex' as const } },
        ])
        .map((spec) => newAclRow(frontend, spec))
        .filter((row) => aclProblems(row, 'http').length === 0)
      const routes = input.routes.map((one) => newRouteRow(frontend, CreateRoute.parse(one)))

      const rows = { lb, address: null, carriage: null, backends, frontends, acls, routes }
      const config = plan(rows as unknown as Parameters<typeof plan>[0])
      const received = DesiredConfig.parse(JSON.parse(JSON.stringify(config)))
      expect(received).toEqual(config)

      expect(received.backends.flatMap((one) => usableBackend(one).problems)).toEqual([])
      const compiled = received.frontends.map(({ acls }) => runToEnd(compileAcls(acls, new Map())))
      const steps = compiled.map((one) => one.steps)
      if (Math.max(0, ...steps) > MATCH_STEPS_MAX) return
      const problems = compiled.flatMap((one) => one.acls.flatMap(({ problem }) => problem ?? []))
      expect(problems).toEqual([])
    }),
    { numRuns: 60, seed: 2026 },
  )
})
