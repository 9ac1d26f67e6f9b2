import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Carriage } from '#lib/protocol/pair.ts'
import { CarrierLabels } from './carrier-labels.ts'

let directory: string
let file: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-labels-'))
})
beforeEach(() => {
  file = join(directory, `${Math.random()}`, 'carriers.json')
})
afterAll(() => rmSync(directory, { recursive: true }))

const carriage = (epoch: number): Carriage => ({
  pair: {
    number: 1,
    a: { node: 'fr-par-a1', address: '10.99.0.11' },
    b: { node: 'fr-par-b1', address: '10.99.0.21' },
  },
  carrier: 'b',
  epoch,
})
const label = (lb_id: string, epoch: number) => ({ lb_id, carriage: carriage(epoch) })
const epochOf = (labels: CarrierLabels, lbId: string) => labels.newest(lbId, carriage(0)).epoch

test('the newest label of each load balancer is there after a restart', () => {
  const labels = new CarrierLabels(file)
  labels.save([label('one', 1), label('two', 1)])
  labels.save([label('one', 2)])
  labels.save([label('one', 1)])
  const next = new CarrierLabels(file)
  expect([epochOf(next, 'one'), epochOf(next, 'two'), epochOf(next, 'three')]).toEqual([2, 1, 0])
})

test('a line that was not written completely is ignored, and replaced with the next change', () => {
  new CarrierLabels(file).save([label('one', 1)])
  appendFileSync(file, '{"one":{"pair":')
  const next = new CarrierLabels(file)
  expect(epochOf(next, 'one')).toBe(1)
  next.save([label('two', 1)])
  next.save([label('two', 2)])
  const last = new CarrierLabels(file)
  expect([epochOf(last, 'one'), epochOf(last, 'two')]).toEqual([1, 2])
})

test('the file does not grow with the number of changes', () => {
  const labels = new CarrierLabels(file)
  for (let epoch = 1; epoch <= 2500; epoch += 1) labels.save([label('one', epoch)])
  expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(1010)
  expect(epochOf(new CarrierLabels(file), 'one')).toBe(2500)
})
