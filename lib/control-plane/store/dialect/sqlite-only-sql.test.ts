import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Words of SQL and of drivers that only SQLite has. */
const SQLITE_ONLY = [
  /\bpragma\b/i,
  /\browid\b/i,
  /last_?insert_?rowid/i,
  /\binsertId\b/,
  /\brandomblob\b/i,
  /\bstrftime\b/i,
  /\binsert or\b/i,
  /\bglob\b/i,
  /\binstr\(/i,
  /\bjson_\w+\(/i,
  /\bwal_checkpoint\b/i,
  /\bvacuum\b/i,
  /\bbegin immediate\b/i,
  /\bautoIncrement\b/,
  /sqlite_(schema|master|sequence)/i,
  /\berrcode\b/,
  /ERR_SQLITE/,
  /node:sqlite/,
  /\bSqliteDialect\b/,
]

const ROOT = 'lib/control-plane'
const sources = globSync('**/*.ts', { cwd: ROOT }).filter(
  (file) =>
    !/\.test\.ts$|^testing\/|^store\/dialect\/(sqlite\/|portable-sql\.ts$|postgres\/postgres-(compiler|tables)\.ts$)/.test(
      file,
    ),
)

/** The code of a file, without comments. */
const codeOf = (file: string) =>
  readFileSync(`${ROOT}/${file}`, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')

const wordsIn = (code: string) => SQLITE_ONLY.filter((word) => word.test(code))

test('SQL that only SQLite has is in the SQLite dialect only', () => {
  expect(sources.length).toBeGreaterThan(100)
  const found = sources.flatMap((file) => wordsIn(codeOf(file)).map((word) => `${file}: ${word}`))
  expect(found).toEqual([])
})

test('SQL that only SQLite has is recognized', () => {
  const dialect = globSync('**/*.ts', { cwd: `${ROOT}/store/dialect` }).map(
    (file) => `store/dialect/${file}`,
  )
  const code = dialect.filter((file) => !/\.test\.ts$/.test(file)).map(codeOf)
  expect(wordsIn(code.join('\n')).length).toBeGreaterThan(10)
})

test('only these files depend on the SQLite dialect', () => {
  const dependents = sources.filter((file) => /dialect\/sqlite\//.test(codeOf(file)))
  expect(dependents.sort()).toEqual([
    // A backup is a file and replaces a file.
    'backup/back-up.ts',
    'backup/restore.ts',
    'store/disk-full.ts',
    'store/store.ts',
    // The traffic history is a file of its own, whichever database the store uses.
    'traffic/traffic-file.ts',
  ])
})
