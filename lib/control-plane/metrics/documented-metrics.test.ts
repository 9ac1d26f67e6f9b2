import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { families } from './families.ts'

const PAGE = 'app/(console)/docs/metrics.md'

/** Names in the first column of the tables; those of the section "Traffic" stand for one of each part. */
function documented(): string[] {
  let section = ''
  return readFileSync(PAGE, 'utf8')
    .split('\n')
    .flatMap((line) => {
      section = /^## (.+)/.exec(line)?.[1] ?? section
      const [, cell = ''] = /^\| ([^|]+) \|/.exec(line) ?? []
      const names = [...cell.matchAll(/`([a-z_]+)`/g)].map(([, name]) => String(name))
      if (section !== 'Traffic') return names
      return names.flatMap((name) =>
        ['frontend', 'backend', 'server'].map((part) => `fairlead_${part}_${name}`),
      )
    })
    .sort()
}

test('every metric is documented, and no other', () => {
  const all = families({
    nodes: [],
    certificates: [],
    faults: { nodes: [], own: [] },
    lbs: [],
    frontends: [],
    backends: [],
    reported: { lbs: [], frontends: [], backends: [], servers: [] },
  })
  const names = [...all].map(({ name }) => name)
  expect(names).toContain('fairlead_server_up')
  expect(documented()).toEqual(names.sort())
})
