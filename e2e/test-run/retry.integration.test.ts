import { afterEach, describe, expect, test } from 'vitest'
import { nameOf } from './failures.ts'
import { retryFailures } from './retry.ts'
import { playwrightSuite, runTests, type Suite, vitestSuite } from './run-tests.ts'
import { writeSmallSuite } from './small-suite.ts'
import { summarize } from './summary.ts'

const NOTE = `import { note } from './notes.ts'\n`
const PLAYWRIGHT = `import { test, expect } from '@playwright/test'\n${NOTE}`

/** Each test starts the tools up to four times. */
const TIMEOUT_MS = 240_000

let written: ReturnType<typeof writeSmallSuite>[] = []

afterEach(() => {
  for (const suite of written) suite.remove()
  written = []
})

function write(files: Record<string, string>) {
  const suite = writeSmallSuite(files)
  written.push(suite)
  return suite
}

/** Runs a suite like `npm test`, and returns its results. */
async function runAll(suite: Suite) {
  const outcome = await retryFailures([{ suite, report: await runTests(suite) }])
  const { text, ok } = summarize([], outcome)
  const names = (tried: typeof outcome.failed) =>
    tried.map(({ failure }) => nameOf(failure).replace(`${suite.name} › `, '')).sort()
  return {
    flaky: names(outcome.flaky),
    failed: names(outcome.failed),
    text,
    ok,
    last: text.split('\n').at(-1),
  }
}

/** Counts notes. */
function counts(notes: string[]): Record<string, number> {
  const groups = Map.groupBy(notes, (line) => line)
  return Object.fromEntries([...groups].map(([line, times]) => [line, times.length]))
}

describe('vitest', { timeout: TIMEOUT_MS }, () => {
  test('exactly the failed tests are retried, whatever their names', async () => {
    const odd = ['a (b) [c] $^.*+? \\ {2}', 'two\nlines', 'ü „x“ > y']
    const { root, notes } = write({
      'a.test.ts': `${NOTE}
        test('same', () => { note('first same') })
        test('same', () => { expect(note('second same')).toBe(2) })
        test.each([1, 2, 3])('of three', (n) => { expect(note('each ' + n) + n).not.toBe(3) })`,
      'b.test.ts': `${NOTE}test('same', () => { note('same elsewhere') })`,
      'odd.test.ts': `${NOTE}
        describe('in a suite', () => {
          ${odd.map((name, index) => `test(${JSON.stringify(name)}, () => { console.log('said', note('odd ${index}')); expect(note('odd again ${index}')).toBe(2) })`).join('\n')}
        })
        test('fine', () => { note('fine') })`,
    })
    const run = await runAll(vitestSuite('small', { root, quiet: true }))
    expect(run).toMatchObject({ failed: [], ok: true, last: '10 passed, 0 failed' })
    const flaky = ['a.test.ts › of three', 'a.test.ts › same']
    expect(run.flaky).toEqual(
      [...flaky, ...odd.map((n) => `odd.test.ts › in a suite > ${n}`)].sort(),
    )
    expect(counts(notes())).toEqual({
      ...{ 'first same': 1, 'second same': 2, 'same elsewhere': 1, fine: 1 },
      ...{ 'each 1': 1, 'each 2': 2, 'each 3': 1 },
      ...{ 'odd 0': 2, 'odd 1': 2, 'odd 2': 2 },
      ...{ 'odd again 0': 2, 'odd again 1': 2, 'odd again 2': 2 },
    })
    // Both outputs.
    expect(run.text).toMatch(/First run:\n\s+AssertionError: expected 1 to be 2/)
    expect(run.text).toContain('It printed:\n    said 1')
    expect(run.text).toMatch(/Retry:\n\s+Passed in \d+\.\d s\. It printed:\n\s+said 2/)
  })

  test('a test that fails twice has failed, with both outputs in full at the end', async () => {
    const { root } = write({
      'a.test.ts': `${NOTE}
        const deep = (n) => { if (n === 0) throw new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'EWHY' }) }); deep(n - 1) }
        test('list', () => { expect(Array.from({ length: 900 }, (_, n) => 'line ' + n)).toEqual([note('list')]) })
        test('long', () => { expect('x'.repeat(5000)).toBe('try ' + note('long')) })
        test('deep', () => deep(40))
        test('fine', () => {})`,
    })
    const run = await runAll(vitestSuite('small', { root, quiet: true }))
    expect(run).toMatchObject({ flaky: [], ok: false, last: '1 passed, 3 failed' })
    const text = run.text.slice(run.text.indexOf('== failed'))
    for (const line of [0, 450, 899]) expect(text).toContain(`"line ${line}",\n`)
    expect(text).toContain(`expected '${'x'.repeat(5000)}' to be 'try 1'`)
    expect(text).toContain(`expected '${'x'.repeat(5000)}' to be 'try 2'`)
    expect(text.match(/ at deep /g)).toHaveLength(2 * 41)
    expect(text).toMatch(/Caused by: Error: inner.*"code": "EWHY"/s)
    expect(text).toMatch(/› deep\n.*Retry:\n\s+The same\./s)
  })

  test('a failure shows whatever was thrown in full, also values that are not errors or not JSON', async () => {
    const { root } = write({
      'a.test.ts': `import { test } from 'vitest'
        test('own cause', () => { const e = new Error('its own'); e.cause = e; throw e })
        test('ring', () => { const [a, b] = [new Error('ring a'), new Error('ring b')]; a.cause = b; b.cause = a; throw a })
        test('bigint', () => { throw Object.assign(new Error('large'), { size: 10n }) })
        test('text', () => { throw 'only words' })
        test('nothing', () => { throw undefined })
        test('fine', () => {})`,
    })
    const run = await runAll(vitestSuite('small', { root, quiet: true }))
    expect(run).toMatchObject({ flaky: [], ok: false, last: '1 passed, 5 failed' })
    expect(run.text).toMatch(/Error: its own.*Caused by: an error above/s)
    expect(run.text).toMatch(/Error: ring a.*Caused by: Error: ring b.*Caused by: an error above/s)
    expect(run.text).toMatch(/Error: large.*"size": "10n?"/s)
    expect(run.text).toContain('only words')
  })

  test('a file whose import, hook or process fails runs again as a whole', async () => {
    const { root, notes } = write({
      'crash.test.ts': `${NOTE}
        test('before', () => {})
        test('crashes', () => { if (note('crash') === 1) process.kill(process.pid, 'SIGKILL') })`,
      'hook.test.ts': `${NOTE}
        describe('hooked', () => {
          beforeAll(() => { if (note('hook') === 1) throw new Error('no stage') })
          test('one', () => {})
          test('two', () => {})
        })`,
      'import.test.ts': `${NOTE}
        if (note('import') === 1) await import('./nowhere.ts')
        test('after the import', () => {})`,
      'late.test.ts': `${NOTE}
        test('leaves something behind', async () => {
          const first = note('late') === 1
          await new Promise((resolve) => setTimeout(() => { resolve(); if (first) throw new Error('late') }, 1))
        })`,
      // These share the worker that crashes, and are lost with it unless they are started again.
      ...Object.fromEntries(
        [1, 2, 3, 4, 5, 6].map((n) => [
          `fine-${n}.test.ts`,
          `${NOTE}test('fine', () => { note('fine ${n}') })`,
        ]),
      ),
    })
    const run = await runAll(vitestSuite('small', { root, quiet: true }))
    expect(run).toMatchObject({ failed: [], ok: true, last: '12 passed, 0 failed' })
    expect(run.flaky).toEqual(['crash', 'hook', 'import', 'late'].map((name) => `${name}.test.ts`))
    expect(run.text).toContain('no stage')
    expect(run.text).toMatch(/exited unexpectedly with signal SIGKILL/)
    for (const n of [1, 2, 3, 4, 5, 6]) expect(counts(notes())[`fine ${n}`]).toBe(1)
  })

  test('a test that builds on others is retried after them, and only its own result counts', async () => {
    const { root, notes } = write({
      'story.test.ts': `${NOTE}
        let made = false
        describe('story', { tags: ['in-order'] }, () => {
          test('makes', () => { made = true; note('makes') })
          describe('inside', () => {
            test('uses', () => { expect([made, note('uses')]).toEqual([true, 2]) })
          })
          test('ends', () => { note('ends') })
        })
        test('elsewhere', () => { note('elsewhere') })`,
    })
    const run = await runAll(vitestSuite('small', { root, quiet: true }))
    expect(run).toMatchObject({ failed: [], ok: true, last: '4 passed, 0 failed' })
    expect(run.flaky).toEqual(['story.test.ts › story > inside > uses'])
    expect(counts(notes())).toEqual({ makes: 2, uses: 2, ends: 1, elsewhere: 1 })
  })

  test('a test that doesn’t run in the retry has failed, even if another takes its place', async () => {
    const { root } = write({
      'gone.test.ts': `${NOTE}
        const first = note('load') === 1
        test('stays', () => {})
        if (first) test('gone', () => { throw new Error('once') })
        test('moves up', () => {})
        test('skips', ({ skip }) => { if (!first) skip(); throw new Error('once') })`,
    })
    const run = await runAll(vitestSuite('small', { root, quiet: true }))
    expect(run).toMatchObject({ flaky: [], ok: false, last: '2 passed, 2 failed' })
    expect(run.failed).toEqual(['gone.test.ts › gone', 'gone.test.ts › skips'])
    expect(run.text).toContain('It did not run again.')
  })

  test('more than five flaky tests fail the run', async () => {
    const { root } = write({
      'six.test.ts': `${NOTE}
        test.each([1, 2, 3, 4, 5, 6])('flaky %i', (n) => { expect(note('flaky ' + n)).toBe(2) })`,
    })
    const run = await runAll(vitestSuite('small', { root, quiet: true }))
    expect(run).toMatchObject({ failed: [], ok: false, last: '6 passed, 1 failed' })
    expect(run.flaky).toHaveLength(6)
  })

  test('with too many failures nothing is retried', async () => {
    const { root, notes } = write({
      'many.test.ts': `${NOTE}
        test.each(Array.from({ length: 51 }, (_, n) => n))('no %i', (n) => { note('ran'); expect(n).toBe(-1) })`,
    })
    const run = await runAll(vitestSuite('small', { root, quiet: true }))
    expect(run).toMatchObject({ flaky: [], ok: false, last: '0 passed, 51 failed' })
    expect(counts(notes())).toEqual({ ran: 51 })
    expect(run.text).toContain('none was retried')
  })

  test('a run without tests fails, and so does one that can’t start', async () => {
    const none = write({})
    const empty = await runAll(vitestSuite('small', { root: none.root, quiet: true }))
    expect(empty).toMatchObject({ ok: false, last: '0 passed, 1 failed' })
    expect(empty.text).toContain('It found no tests.')
    const wrong = write({ 'vitest.config.ts': 'throw new Error("no such setting")' })
    const run = await runAll(vitestSuite('small', { root: wrong.root, quiet: true }))
    expect(run).toMatchObject({ ok: false, last: '0 passed, 1 failed' })
    expect(run.text).toContain('The run ended with code 1 before it had finished.')
  })

  test('a file that hangs ends the run, and is retried with the files behind it', async () => {
    const { root, notes } = write({
      'hangs.test.ts': `${NOTE}
        test('hangs', () => { if (note('hang') === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) })`,
      'waits.test.ts': `${NOTE}test('waits', () => { note('waits') })`,
    })
    const suite = vitestSuite('small', { root, silenceMaxMs: 15_000, quiet: true })
    const run = await runAll(suite)
    expect(run).toMatchObject({ failed: [], flaky: ['hangs.test.ts'], last: '2 passed, 0 failed' })
    expect(run.text).toContain('it reported nothing for too long before this file had ended')
    expect(counts(notes())).toEqual({ hang: 2, waits: 1 })
  })
})

describe('Playwright', { timeout: TIMEOUT_MS }, () => {
  test('exactly the failed tests are retried, in the same project', async () => {
    const { root, notes } = write({
      'a.spec.ts': `${PLAYWRIGHT}
        for (const n of [1, 2, 3]) {
          test('of three (' + n + ') $^.*[x]', ({}, { project }) => {
            const times = note(project.name + ' ' + n)
            if (project.name === 'narrow' && n === 2) expect(times, 'times').toBe(2)
          })
        }`,
      'b.spec.ts': `${PLAYWRIGHT}test('of three (2) $^.*[x]', () => { note('elsewhere') })`,
      'c.spec.ts': `${PLAYWRIGHT}test('fails', ({}, { project }) => {
        const list = Array.from({ length: 900 }, (_, n) => 'line ' + n)
        if (project.name === 'wide') expect(list).toEqual([note('fails')])
      })`,
    })
    const run = await runAll(playwrightSuite('playwright.config.ts', { root, quiet: true }))
    expect(run.flaky).toEqual(['[narrow] a.spec.ts › of three (2) $^.*[x]'])
    expect(run.failed).toEqual(['[wide] c.spec.ts › fails'])
    expect(run).toMatchObject({ ok: false, last: '9 passed, 1 failed' })
    expect(counts(notes())).toEqual({
      ...{ 'wide 1': 1, 'wide 2': 1, 'wide 3': 1, 'narrow 1': 1, 'narrow 2': 2, 'narrow 3': 1 },
      ...{ elsewhere: 2, fails: 2 },
    })
    expect(run.text).toMatch(/First run:.*Received: 1.*Retry:\n\s+Passed in \d/s)
    for (const line of [0, 450, 899]) expect(run.text).toContain(`"line ${line}",\n`)
  })

  test('a file whose hook or process fails runs again as a whole, and so does one that can’t be loaded', async () => {
    const { root } = write({
      'crash.spec.ts': `${PLAYWRIGHT}
        test('crashes', ({}, { project }) => { if (note('crash') === 1) process.exit(3) })
        test('comes after', () => {})`,
      'hook.spec.ts': `${PLAYWRIGHT}
        test.beforeAll(() => { if (note('hook') === 1) throw new Error('no stage') })
        test('one', () => {})
        test('two', () => {})`,
    })
    const run = await runAll(playwrightSuite('playwright.config.ts', { root, quiet: true }))
    expect(run).toMatchObject({ failed: [], ok: true, last: '8 passed, 0 failed' })
    expect(run.text).toContain('no stage')

    const unloadable = write({
      'load.spec.ts': `${PLAYWRIGHT}if (note('load') === 1) throw new Error('no import')\ntest('x', () => {})`,
      'other.spec.ts': `${PLAYWRIGHT}test('y', () => {})`,
    })
    const second = await runAll(
      playwrightSuite('playwright.config.ts', { root: unloadable.root, quiet: true }),
    )
    expect(second).toMatchObject({ flaky: ['playwright'], failed: [], last: '4 passed, 0 failed' })
    expect(second.text).toContain('no import')
  })

  test('a run without tests fails', async () => {
    const { root } = write({})
    const run = await runAll(playwrightSuite('playwright.config.ts', { root, quiet: true }))
    expect(run).toMatchObject({ ok: false, last: '0 passed, 1 failed' })
  })
})
