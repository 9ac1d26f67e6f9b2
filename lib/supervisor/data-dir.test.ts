import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { secureDataDir } from './data-dir.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = 65_534

let directory: string
let data: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-data-dir-'))
  data = join(directory, 'data')
})
afterEach(() => rmSync(directory, { recursive: true }))

const modeOf = (path: string) => (statSync(join(data, path)).mode & 0o7777).toString(8)

/** Creates a file, or a directory if the name ends with a slash, with a mode. */
function put(path: string, mode: number): void {
  const full = join(data, path)
  mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true })
  if (!path.endsWith('/')) writeFileSync(full, '')
  chmodSync(full, mode)
}

test('a missing directory is created for this user only', () => {
  expect(secureDataDir(data)).toEqual([])
  expect(modeOf('.')).toBe('700')
})

test('other users’ permissions on Fairlead’s files are removed, and reported once', () => {
  put('fairlead.db', 0o644)
  put('fairlead.db-wal', 0o664)
  put('fairlead.db.replaced-2026', 0o600)
  put('traffic.db', 0o640)
  put('nodes/fr-par-a/lb.json', 0o604)
  put('logs/access/lb/fr-par-a.log', 0o644)
  put('run/', 0o755)
  put('lost+found/', 0o755)
  chmodSync(data, 0o755)
  const [line] = secureDataDir(data)
  expect(line).toMatch(new RegExp(`^Removed other users' permissions on ${data} and \\d+ more`))
  const found = execFileSync('find', [data, '-perm', '/077', '-printf', '%P\n'], {
    encoding: 'utf8',
  })
  expect(found).toBe('lost+found\n')
  expect(modeOf('nodes/fr-par-a/lb.json')).toBe('600')
  expect(modeOf('logs/access')).toBe('700')
  expect(secureDataDir(data)).toEqual([])
})

describe('among files that are not Fairlead’s', () => {
  test('it changes only the permissions of its own files', () => {
    put('notes.txt', 0o644)
    put('fairlead.db', 0o644)
    chmodSync(data, 0o755)
    expect(secureDataDir(data)).toHaveLength(1)
    expect([modeOf('.'), modeOf('notes.txt'), modeOf('fairlead.db')]).toEqual(['755', '644', '600'])
  })

  test('it starts in a sticky directory like /tmp, and not in one where all users can replace files', () => {
    put('notes.txt', 0o644)
    chmodSync(data, 0o1777)
    expect(secureDataDir(data)).toEqual([])
    chmodSync(data, 0o777)
    expect(() => secureDataDir(data)).toThrow(
      /^\S+data also holds other files, .* FAIRLEAD_DATA_DIR to/,
    )
    expect(modeOf('.')).toBe('777')
  })

  test('links are not followed', () => {
    const outside = join(directory, 'outside')
    writeFileSync(outside, '')
    chmodSync(outside, 0o644)
    mkdirSync(join(data, 'logs'), { recursive: true })
    symlinkSync(outside, join(data, 'logs', 'node.log'))
    chmodSync(data, 0o700)
    secureDataDir(data)
    expect(statSync(outside).mode & 0o777).toBe(0o644)
  })
})

describe('errors name the path and what to do', () => {
  test('a file instead of a directory', () => {
    writeFileSync(data, '')
    expect(() => secureDataDir(data)).toThrow(`${data} is a file, and a directory is needed there.`)
    expect(() => secureDataDir(join(data, 'below'))).toThrow(`${data} is a file, and a directory`)
  })

  test('a file instead of a directory inside, and a directory instead of a file', () => {
    put('logs', 0o600)
    chmodSync(data, 0o700)
    expect(() => secureDataDir(data)).toThrow(`${data}/logs is a file, and a directory is needed`)
    rmSync(join(data, 'logs'))
    put('fairlead.db/', 0o700)
    expect(() => secureDataDir(data)).toThrow(`${data}/fairlead.db is a directory, and a file is`)
  })

  test('a file system on which no directory can be created', () => {
    expect(() => secureDataDir('/proc/fairlead/data')).toThrow(
      /^\/proc\/fairlead is missing, or a link to a missing file\./,
    )
  })

  test('a dangling link', () => {
    symlinkSync(join(directory, 'nowhere'), data)
    expect(() => secureDataDir(data)).toThrow(`${data} is missing, or a link to a missing file.`)
  })

  test.runIf(isRoot)('a directory or a file that belongs to another user', () => {
    put('fairlead.db', 0o600)
    chmodSync(data, 0o700)
    chownSync(join(data, 'fairlead.db'), NOBODY, NOBODY)
    const words = (path: string) =>
      `${path} belongs to user ${NOBODY}, and this is user 0. Run this as`
    expect(() => secureDataDir(data)).toThrow(words(join(data, 'fairlead.db')))
    chownSync(data, NOBODY, NOBODY)
    expect(() => secureDataDir(data)).toThrow(words(data))
  })

  test.runIf(isRoot)('missing permissions, and a read-only file system', () => {
    mkdirSync(join(directory, 'closed'), { mode: 0o500 })
    mkdirSync(join(directory, 'own'), { mode: 0o500 })
    chmodSync(directory, 0o755)
    chownSync(join(directory, 'own'), NOBODY, NOBODY)
    const below = join(directory, 'closed', 'data')
    expect(tryAs(NOBODY, below)).toContain(
      `${directory}/closed can't be entered by user ${NOBODY}: it belongs to user 0 with mode 0500.`,
    )
    expect(tryAs(NOBODY, join(directory, 'own'))).toContain(
      `${directory}/own can't be written by user ${NOBODY}: it belongs to user ${NOBODY} with mode 0500.`,
    )
    mkdirSync(data)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', data])
    try {
      expect(() => secureDataDir(join(data, 'below'))).toThrow(/on a read-only file system/)
    } finally {
      execFileSync('umount', [data])
    }
    expect(existsSync(below)).toBe(false)
  })
})

/** The error when another user starts with a data directory. */
function tryAs(uid: number, path: string): string {
  const source = `import { secureDataDir } from '#lib/supervisor/data-dir.ts'
    try { secureDataDir(${JSON.stringify(path)}) } catch (error) { console.log(error.message) }`
  const node = [process.execPath, '--input-type=module', '--eval', source]
  return execFileSync('setpriv', [`--reuid=${uid}`, '--clear-groups', ...node], {
    encoding: 'utf8',
  })
}
