import { expect, test } from 'vitest'
import { vacatedPorts } from './vacated-ports.ts'

type Move = [from: number, to: number]

const after = (before: Move[], ports: number[], moved: Move[], served: number[]) => {
  const outgoing = new Map(before.map(([old, to]) => [to, old]))
  const isServed = (port: number) => served.includes(port)
  return [...vacatedPorts(outgoing, { ports, moved, isServed })].map(([to, old]) => [old, to])
}

test.each<[string, Move[], number[], Move[], number[], Move[]]>([
  ['a port that moves is served until the new one is had', [], [81], [[80, 81]], [80], [[80, 81]]],
  ['and through further changes', [[80, 81]], [81], [], [80], [[80, 81]]],
  ['where it moves on', [[80, 81]], [82], [[81, 82]], [80], [[80, 82]]],
  ['it moves back', [[80, 81]], [80], [[81, 80]], [80], []],
  ['its frontend is deleted', [[80, 81]], [], [], [80], []],
  ['another frontend has the old port', [], [80, 81], [[80, 81]], [80], []],
  ['the old one was never had either', [], [81], [[80, 81]], [], []],
])('%s', (_case, before, ports, moved, served, expected) => {
  expect(after(before, ports, moved, served)).toEqual(expected)
})
