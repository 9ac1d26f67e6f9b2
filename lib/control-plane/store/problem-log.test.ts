import { Writable } from 'node:stream'
import pino from 'pino'
import { expect, test } from 'vitest'
import { DatabaseProblem } from './database-problem.ts'
import { ProblemLog } from './problem-log.ts'

test('each kind of problem is logged once, until it has ended or was not seen for a minute', () => {
  let now = 0
  const lines: string[] = []
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(JSON.parse(line).msg)
      done()
    },
  })
  const problems = new ProblemLog(() => now)
  const log = pino({ hooks: problems.hooks }, stream)
  const slow = new DatabaseProblem('slow', { kind: 'slow' })
  const busy = new DatabaseProblem('busy', { kind: 'busy' })
  log.error({ err: slow }, 'slow 1')
  log.error({ err: slow }, 'slow 2')
  log.error({ err: busy }, 'busy')
  log.error({ err: new Error('other') }, 'other')
  log.error({ err: new Error('other') }, 'other')
  log.info('a text')
  now = 59_000
  log.error({ err: slow }, 'slow 3')
  // Still going on.
  now = 118_000
  log.error({ err: slow }, 'slow 4')
  now = 179_000
  log.error({ err: slow }, 'slow 5')
  problems.reset()
  log.error({ err: slow }, 'slow 6')
  expect(lines).toEqual(['slow 1', 'busy', 'other', 'other', 'a text', 'slow 5', 'slow 6'])
})
