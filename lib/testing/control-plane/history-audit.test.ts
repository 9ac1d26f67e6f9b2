import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { HistoryAudit } from './history-audit.ts'
import { backendInput, runControlPlane } from './running-control-plane.ts'

const LBS = '/lb/v1/regions/fr-par/lbs'

test.each([
  ['nothing', null, []],
  ['a lost line', 'delete from changes where id = 2', [/^5 lines of history, 4 are there/]],
  [
    'a lost last line',
    "delete from changes where verb = 'update'",
    [/is not what the history ends with/, /generation 2, its history 1/],
  ],
  [
    'a row without its line',
    "update lbs set name = 'other'",
    [/has name_folded renamed/, /is not what the history ends with/],
  ],
  ['a lost row', 'delete from frontends', [/^frontend .* is not what the history ends with/]],
  [
    'a generation that is taken back',
    'update lbs set generation = 1',
    [/generation 1, its history 2/],
  ],
  [
    'a generation left out',
    'update changes set generation = 3 where generation = 2; update lbs set generation = 3',
    [/has generation 3 after 1/],
  ],
  [
    'a line that begins elsewhere',
    "update changes set before = json_set(before, '$.name', 'other') where verb = 'update'",
    [/does not begin where the one before ended/],
  ],
])('an audit finds %s', async (_what, damage, faults) => {
  await using controlPlane = await runControlPlane()
  const { databaseFile } = controlPlane.settings
  const rules = {
    backends: [backendInput()],
    frontends: [{ name: 'http', inbound_port: 80, backend: 'web' }],
  }
  const lb = (await controlPlane.call('POST', LBS, { name: 'shop', ...rules })).body
  await controlPlane.call('PUT', `${LBS}/${lb.id}`, { name: 'renamed' })
  if (damage) {
    const database = new DatabaseSync(databaseFile)
    database.exec(damage)
    database.close()
  }
  const audit = new HistoryAudit()
  const marks = audit.look(databaseFile, [lb.id])
  if (!damage) expect(marks).toEqual(new Map([[lb.id, 'renamed']]))
  expect(audit.faults).toHaveLength(faults.length)
  for (const [index, words] of faults.entries()) expect(audit.faults[index]).toMatch(words)
})
