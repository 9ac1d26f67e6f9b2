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

test('what is kept is there for the next process, with when it took effect', async () => {
  await new LastGoodConfigs(directory, log).save(config)
  const then = new Date('2026-01-01T00:00:01Z')
  utimesSync(join(directory, `${config.lb_id}.json`), then, then)
  expect(await new LastGoodConfigs(directory, log).load()).toEqual([{ config, appliedAt: then }])
})

test('one broken file does not keep the others from running', async () => {
  const lastGood = new LastGoodConfigs(directory, log)
  await lastGood.save(config)
  writeFileSync(join(directory, 'broken.json'), '{"lb_id":')
  writeFileSync(join(directory, 'half.json.draft'), '{}')
  expect((await lastGood.load()).map((kept) => kept.config.lb_id)).toEqual([config.lb_id])
})

test('saves and removals happen in the order they were asked for', async () => {
  const lastGood = new LastGoodConfigs(directory, log)
  void lastGood.save(config)
  void lastGood.save({ ...config, generation: 8 })
  await lastGood.settled()
  expect((await lastGood.load()).map((kept) => kept.config.generation)).toEqual([8])
  void lastGood.save({ ...config, generation: 9 })
  await lastGood.forget(config.lb_id)
  expect(await lastGood.load()).toEqual([])
})

test('what cannot be kept is told of, and kept as soon as it can be', async () => {
  const told: (string | undefined)[] = []
  const lastGood: LastGoodConfigs = new LastGoodConfigs(
    directory,
    log,
    (id) => told.push(lastGood.whyNotKept(id)),
    10,
  )
  await lastGood.save(config)
  // A directory in the draft's place keeps it from being written.
  const draft = join(directory, `${config.lb_id}.json.draft`)
  mkdirSync(draft)
  for (const generation of [8, 9]) await lastGood.save({ ...config, generation })
  expect(told).toEqual([expect.stringContaining('EISDIR')])
  expect((await lastGood.load()).map((kept) => kept.config.generation)).toEqual([7])
  rmdirSync(draft)
  await expect.poll(() => told).toEqual([expect.stringContaining('EISDIR'), undefined])
  expect((await lastGood.load()).map((kept) => kept.config.generation)).toEqual([9])
})
