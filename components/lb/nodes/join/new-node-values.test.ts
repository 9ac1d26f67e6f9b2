import { expect, test } from 'vitest'
import type { PendingNode } from '#lib/core/node.ts'
import { newNode, newNodeForm, nodesOn } from './new-node-values.ts'
import { timeLeftText } from './time-left-text.ts'

const waiting = (name: string, cluster: 'a' | 'b'): PendingNode => ({
  name,
  cluster,
  region: 'fr-par',
  created_at: '2026-01-01T10:00:00.000Z',
  expires_at: '2026-01-01T11:00:00.000Z',
})

test('a new node begins with a free name and the cluster that has fewer', () => {
  const begin = (...pending: PendingNode[]) => newNode({ nodes: [], pending })
  expect(begin()).toEqual({ region: 'fr-par', cluster: 'b', name: 'node-1' })
  expect(begin(waiting('node-1', 'b'))).toMatchObject({ cluster: 'a', name: 'node-2' })
  expect(begin(waiting('node-2', 'a'))).toMatchObject({ cluster: 'b', name: 'node-1' })
})

test('a name must be free', () => {
  const { check } = newNodeForm(['node-1'])
  const message = (name: string) => check?.({ region: 'fr-par', cluster: 'a', name }).name
  expect(message('')).toBe('Name is required.')
  expect(message(' node-1 ')).toBe('There is a node named node-1 already.')
  expect(message('node-2')).toBeUndefined()
})

test('the nodes of a cluster are named', () => {
  const nodes = [waiting('one', 'a'), waiting('two', 'a')]
  expect(nodesOn(nodes, 'fr-par', 'a')).toBe('one, two')
  expect(nodesOn(nodes, 'nl-ams', 'a')).toBe('No node yet')
})

test.each([
  [3_600_000, '60:00 min'],
  [3_547_000, '59:07 min'],
  [60_000, '1:00 min'],
  [41_200, '42 s'],
  [-5, '0 s'],
])('%d ms are left', (ms, text) => {
  expect(timeLeftText(ms)).toBe(text)
})
