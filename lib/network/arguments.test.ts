import { expect, test } from 'vitest'
import { parseArguments } from './arguments.ts'

const VALID = [
  '--run-directory',
  '/run/fairlead',
  '--interface',
  'eth0',
  '--networks',
  '10.1.0.0/24',
]

test('what is not said has its default', () => {
  expect(parseArguments(VALID)).toMatchObject({
    runDirectory: '/run/fairlead',
    interface: 'eth0',
    clocks: { advertMs: 40, leaseMs: 115 },
    owner: 0,
  })
})

test.each([
  [['--interface', 'eth0; reboot'], '--interface must be'],
  [['--interface', 'a-name-longer-than-15'], '--interface must be'],
  [['--run-directory', 'run'], '--run-directory must be'],
  [['--run-directory', '/run/x {\n}'], '--run-directory must be'],
  [['--networks', ''], '--networks must name'],
  [['--networks', '10.0.0.0/99'], 'is not a network'],
  [['--advert-ms', '45'], 'The advert interval must be a multiple of 10 ms'],
  [['--lease-ms', '120'], 'The lease must be from 80 to 115 ms'],
  [['--lease-ms', 'x'], '--lease-ms must be a whole number.'],
  [['--unknown', '1'], 'Unknown option'],
])('%j is refused', (args, problem) => {
  expect(() => parseArguments([...VALID, ...args])).toThrow(problem)
})
