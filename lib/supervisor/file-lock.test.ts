import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockHolder, tryLock } from './file-lock.ts'

const canUnshare = process.getuid?.() === 0

let directory: string
let name: string
let children: ChildProcess[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-lock-'))
  name = join(directory, 'held')
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true })
})

const HOLD = `import { tryLock } from '#lib/supervisor/file-lock.ts'
  const hasIt = tryLock(process.argv[1]) !== null
  globalThis.gc()
  console.log(hasIt ? 'has it' : 'has it not')
  setInterval(() => {}, 1000)`

/** Starts a process that tries to take the lock, and keeps running. */
async function another(wrapper: string[] = []) {
  const node = [process.execPath, '--expose-gc', '--disable-warning=ExperimentalWarning']
  const command = [...wrapper, ...node, '--input-type=module', '--eval', HOLD, name]
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [said] = await once(child.stdout, 'data')
  return { child, said: String(said).trim() }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('one process has the lock until it releases it or ends in any way', async () => {
  const lock = tryLock(name)
  expect(lock?.wasAbandoned).toBe(false)
  expect(lockHolder(name)).toBe(process.pid)
  expect((await another()).said).toBe('has it not')
  lock?.release()
  expect(lockHolder(name)).toBe(null)

  const { child, said } = await another()
  expect(said).toBe('has it')
  expect(tryLock(name)).toBe(null)
  await kill(child)
  const next = tryLock(name)
  expect(next?.wasAbandoned).toBe(true)
  next?.release()
  expect(tryLock(name)?.wasAbandoned).toBe(false)
})

test('a PID left in the file does not hold the lock', () => {
  for (const pid of [process.pid, process.ppid, 1]) {
    writeFileSync(`${name}.pid`, `${pid}\n`)
    const lock = tryLock(name)
    expect(lock?.wasAbandoned).toBe(true)
    expect(readFileSync(`${name}.pid`, 'utf8')).toBe(`${process.pid}\n`)
    lock?.release()
  }
})

test.runIf(canUnshare)(
  'the lock works between PID and network namespaces',
  async () => {
    const inContainer = ['unshare', '--pid', '--net', '--fork', '--kill-child=KILL', '--mount-proc']
    const { child, said } = await another(inContainer)
    expect([said, lockHolder(name)]).toEqual(['has it', 1])
    expect((await another(inContainer)).said).toBe('has it not')
    expect(tryLock(name)).toBe(null)
    await kill(child)
    await expect.poll(async () => (await another(inContainer)).said).toBe('has it')
  },
  20_000,
)

test('errors say why the lock can’t be taken', () => {
  mkdirSync(`${name}.lock`)
  expect(() => tryLock(name)).toThrow(`${name}.lock is a directory, and a file is needed there`)
  rmSync(`${name}.lock`, { recursive: true })
  writeFileSync(`${name}.lock`, 'anything but a lock')
  expect(() => tryLock(name)).toThrow(`${name}.lock can't be locked (file is not a database).`)
  rmSync(`${name}.lock`)
  mkdirSync(`${name}.pid`)
  expect(() => tryLock(name)).toThrow(`${name}.pid is a directory, and a file is needed there`)
  rmSync(`${name}.pid`, { recursive: true })
  // The failed attempts have left no lock behind.
  expect(tryLock(name)).not.toBe(null)
  chmodSync(`${name}.lock`, 0o600)
})
