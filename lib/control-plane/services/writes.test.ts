import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const ROOT = 'lib/control-plane'
const sources = globSync('**/*.ts', { cwd: ROOT }).filter(
  (file) => !/\.test\.ts$|^testing\//.test(file),
)
const filesWith = (pattern: RegExp) =>
  sources.filter((file) => pattern.test(readFileSync(`${ROOT}/${file}`, 'utf8'))).sort()

test('services write only through `change`', () => {
  const services = filesWith(/\.transaction\(/).filter((file) => file.startsWith('services/'))
  // `act` checks the caller's rights in a transaction that writes nothing.
  expect(services).toEqual(['services/act.ts', 'services/change.ts'])
})

test('only `change` increments generations', () => {
  expect(filesWith(/generation\s*\+\s*1|generation\s*\+=|generation.*'\+'/)).toEqual([])
  const columns = /\.set\(\{[^}]*\b(generation|revision)\b/
  expect(filesWith(columns)).toEqual(['services/change.ts'])
})
