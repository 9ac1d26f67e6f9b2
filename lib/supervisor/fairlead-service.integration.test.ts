import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

/** The exposure that systemd computes: the network helper has to change addresses as root. */
const UNITS = [
  ['fairlead.service', 3],
  ['fairlead-node.service', 3],
  ['fairlead-network.service', 5],
] as const

test.skipIf(!hasSystemd).each(UNITS)('systemd finds nothing wrong with %s', (name, most) => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-unit-'))
  const unit = join(directory, name)
  const text = readFileSync(join(import.meta.dirname, name), 'utf8')
  // It looks for the program, which is installed here for once.
  writeFileSync(unit, text.replaceAll('/opt/fairlead', ROOT))
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
  const security = spawnSync('systemd-analyze', ['security', '--offline=yes', unit], {
    encoding: 'utf8',
  })
  rmSync(directory, { recursive: true })
  const problems = verified.stderr.split('\n').filter((line) => line.includes(unit))
  expect(problems).toEqual([])
  const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(security.stdout) ?? []
  process.stdout.write(`exposure ${exposure} of 10\n`)
  expect(Number(exposure)).toBeLessThan(most)
})
