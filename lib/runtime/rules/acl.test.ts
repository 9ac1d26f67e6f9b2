import { expect, test } from 'vitest'
import type { DesiredAcl } from '#lib/protocol/desired-config.ts'
import { ALLOW, pathRegex, testAcl } from '#lib/testing/runtime/rules.ts'
import { runToEnd } from '../scheduling/slices.ts'
import type { Acl } from './acl.ts'
import { compileAcls } from './prepared-rules.ts'

const compile = (desired: DesiredAcl[], former: readonly Acl[]) =>
  runToEnd(compileAcls(desired, new Map(former.map((acl) => [acl.id, acl])))).acls

test('only ACLs that changed are compiled again', () => {
  const [office, admin] = [testAcl({ sources: ['10.0.0.0/8'] }, ALLOW), testAcl(pathRegex('^/a'))]
  const first = compile([office, admin], [])
  const moved = compile(structuredClone([admin, office]), first)
  expect(moved).toEqual([first[1], first[0]])
  expect(moved[0]).toBe(first[1])
  expect(moved[1]).toBe(first[0])
  const changed = compile([{ ...admin, name: 'other' }, office], first)
  expect(changed[0]).not.toBe(first[1])
  expect(changed[0]?.name).toBe('other')
  expect(changed[1]).toBe(first[0])
})

test('a thousand subnets in each of twenty ACLs are compiled within time slices', () => {
  const subnets = Array.from({ length: 1000 }, (_, index) => `10.${index % 256}.${index >> 8}.0/24`)
  const acls = Array.from({ length: 20 }, () => testAcl({ sources: subnets }))
  const start = process.threadCpuUsage()
  const compiled = compile(acls, [])
  const ms = process.threadCpuUsage(start).user / 1000
  const again = process.threadCpuUsage()
  compile(structuredClone(acls), compiled)
  const same = process.threadCpuUsage(again).user / 1000
  process.stdout.write(`20,000 subnets: ${ms.toFixed(0)} ms, again ${same.toFixed(0)} ms\n`)
  expect(ms).toBeLessThan(6000)
})
