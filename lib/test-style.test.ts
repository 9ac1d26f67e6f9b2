import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sleepsIn, testsIn } from './testing/test-scan.ts'

const ROOMS = '{app,components,e2e,lib}'
const TESTS = globSync(`${ROOMS}/**/*.{test,spec}.{ts,tsx}`).sort()
/** Tests that several modules share, such as the contract of the store. */
const SHARED_TESTS = globSync('lib/testing/**/*-contract.ts').sort()
const SUPPORT = globSync(['lib/testing/**/*.ts', 'e2e/support/**/*.ts']).sort()

/** Files that may sleep, and why. All others wait for a state, or name what they simulate (`lib/testing/wait.ts`). */
const MAY_SLEEP: Record<string, string> = {
  'lib/testing/wait.ts': 'the interval of waitFor, and the named delays',
  'lib/testing/runtime/running-lb.ts': 'the interval of until',
  'lib/testing/faults/planted-process.ts':
    'the interval of polls for the socket of a starting process',
}

const read = (file: string) => readFileSync(file, 'utf8')

describe('every test', () => {
  test('has an expectation, or calls a helper named expect… or assert…', () => {
    const found = [...TESTS, ...SHARED_TESTS].flatMap((file) =>
      testsIn(file, read(file)).map((one) => ({ file, ...one })),
    )
    expect(found.length).toBeGreaterThan(1000)
    const without = found.filter(({ hasExpectation }) => !hasExpectation)
    expect(without.map(({ file, line, title }) => `${file}:${line} ${title}`)).toEqual([])
  })

  test('waits for states instead of sleeping', () => {
    const found = [...TESTS, ...SUPPORT]
      .map((file) => ({ file, sleeps: sleepsIn(file, read(file)) }))
      .filter(({ sleeps }) => sleeps.length > 0)
    const unexplained = found.filter(({ file }) => !(file in MAY_SLEEP))
    expect(
      unexplained.flatMap(({ file, sleeps }) =>
        sleeps.map(({ line, source }) => `${file}:${line} ${source}`),
      ),
    ).toEqual([])
    expect(found.map(({ file }) => file).sort()).toEqual(Object.keys(MAY_SLEEP).sort())
  })
})

test('no test mocks a module', () => {
  const found = TESTS.filter((file) => /\bvi\.(mock|doMock)\(/.test(read(file)))
  expect(found).toEqual([])
})

describe('a test without an expectation is found', () => {
  const has = (source: string) => testsIn('a.test.ts', source).map((one) => one.hasExpectation)

  test.each([
    "test('a', () => { run() })",
    "test('a', async () => { await waitFor(() => ready) })",
    "test.each([1])('a', () => expect.objectContaining({}))",
    "test.skipIf(missing)('a', { timeout: 5 }, async () => { await run() })",
    "test('a', run)",
  ])('%s', (source) => {
    expect(has(source)).toEqual([false])
  })

  test.each([
    "test('a', () => { expect(1).toBe(1) })",
    "it('a', async () => { await expect.poll(() => 1).toBe(1) })",
    "test.concurrent('a', () => fc.assert(property))",
    'test(`a`, () => expectAnswer(one))',
  ])('not in %s', (source) => {
    expect(has(source)).toEqual([true])
  })

  test('hooks, groups and steps are no tests', () => {
    const source =
      "describe('a', () => {}); test.describe('b', () => {}); test.beforeAll(() => {}); test.step('c', () => {})"
    expect(has(source)).toEqual([])
  })
})

describe('a sleep is found', () => {
  const count = (source: string) => sleepsIn('a.test.ts', source).length

  test.each([
    'await setTimeout(5)',
    'await delay(5)',
    'await page.waitForTimeout(5)',
    'await new Promise((resolve) => setTimeout(resolve, 5))',
  ])('%s', (source) => {
    expect(count(source)).toBe(1)
  })

  test.each(['await waitFor(run)', 'setTimeout(() => server.close(), 5)', 'test.setTimeout(5)'])(
    'not in %s',
    (source) => {
      expect(count(source)).toBe(0)
    },
  )
})
