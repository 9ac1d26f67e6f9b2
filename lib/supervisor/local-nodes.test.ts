import { expect, test } from 'vitest'
import { localNode, localNodes } from './local-nodes.ts'

test('each region has one node in each cluster', () => {
  expect(localNodes('nl-ams')).toEqual([
    { name: 'nl-ams-a', region: 'nl-ams', cluster: 'a' },
    { name: 'nl-ams-b', region: 'nl-ams', cluster: 'b' },
  ])
  expect(localNodes()).toContainEqual({ name: 'fr-par-b', region: 'fr-par', cluster: 'b' })
})

test('a node is found by its name', () => {
  expect(localNode('fr-par-b')).toEqual({ name: 'fr-par-b', region: 'fr-par', cluster: 'b' })
  expect(() => localNode('mars-a')).toThrow('No local node is named mars-a.')
})
