import { mkdirSync, mkdtempSync, rmdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { LastGoodConfigs } from './last-good-config.ts'

const config: DesiredConfig = {
  lb_id: '0d2bbb78-0687-4cca-93f4-694db9155362',
  generation: 7,
  changed_at: '2026-01-01T00:00:00Z',
  region: 'fr-par',
  address: '127.51.0.1',
  master: 'a',
  carriage: null,
  limits: { connections: null, bandwidth: null },
  frontends: [],
  backends: [],
}
const log = pino({ level: 'silent' })
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-last-good-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a kept configuration is loaded by the next process, with the time at which it was applied', async () => {
  await new LastGoodConfigs(directory, log).save(config)
  const then = new Date('2026-01-01T00:00:01Z')
  utimesSync(join(directory, `${config.lb_id}.json`), then, then)
  expect(await new LastGoodConfigs(directory, log).load()).toEqual([{ config, appliedAt: then }])
})

test('a broken file does not prevent the others from being loaded', async () => {
  const lastGood = new LastGoodConfigs(directory, log)
  await lastGood.save(config)
  writeFileSync(join(directory, 'broken.json'), '{"lb_id":')
  writeFileSync(join(directory, 'half.json.draft'), '{}')
  expect((await lastGood.load()).map((kept) => kept.config.lb_id)).toEqual([config.lb_id])
})

test('saves and removals are carried out in order', async () => {
  const lastGood = new LastGoodConfigs(directory, log)
  void lastGood.save(config)
  void lastGood.save({ ...config, generation: 8 })
  await lastGood.settled()
  expect((await lastGood.load()).map((kept) => kept.config.generation)).toEqual([8])
  void lastGood.save({ ...config, generation: 9 })
  await lastGood.forget(config.lb_id)
  expect(await lastGood.load()).toEqual([])
})

test('a failed write is reported, and tried again until it succeeds', async () => {
  const reasons: (string | undefined)[] = []
  const lastGood: LastGoodConfigs = new LastGoodConfigs(
    directory,
    log,
    (id) => reasons.push(lastGood.saveError(id)),
    10,
  )
  await lastGood.save(config)
  // A directory at the path of the draft makes the write fail.
  const draft = join(directory, `${config.lb_id}.json.draft`)
  mkdirSync(draft)
  for (const generation of [8, 9]) await lastGood.save({ ...config, generation })
  expect(reasons).toEqual([expect.stringContaining('EISDIR')])
  expect((await lastGood.load()).map((kept) => kept.config.generation)).toEqual([7])
  rmdirSync(draft)
  await expect.poll(() => reasons).toEqual([expect.stringContaining('EISDIR'), undefined])
  expect((await lastGood.load()).map((kept) => kept.config.generation)).toEqual([9])
})
