import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isRunning, processIdentity } from '#lib/process/process-identity.ts'

// A checkout without packages, whose npm only records how it was called and then waits.

const NPM = `import { spawn } from 'node:child_process'
import { renameSync, writeFileSync } from 'node:fs'
const script = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
const noted = { pids: [process.pid, script.pid], umask: process.umask(), env: process.env, args: process.argv.slice(2) }
writeFileSync('NOTED.draft', JSON.stringify(noted))
renameSync('NOTED.draft', 'NOTED')
`

let directory: string
let child: ChildProcess
let output: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-install-test-'))
  const scripts = join(directory, 'lib', 'supervisor')
  mkdirSync(scripts, { recursive: true })
  for (const file of ['launch.mjs', 'install.mjs']) {
    copyFileSync(join(import.meta.dirname, file), join(scripts, file))
  }
  const manifest = { dependencies: { node: '24.0.0' }, packageManager: 'npm@11.0.0' }
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(directory, 'package-lock.json'), '{"packages":{}}')
  const noted = join(directory, 'noted.json')
  writeFileSync(join(directory, 'npm.mjs'), NPM.replaceAll('NOTED', noted))
})
afterEach(() => {
  child.kill('SIGKILL')
  rmSync(directory, { recursive: true })
})

function launch(): void {
  child = spawn(
    '/bin/sh',
    ['-c', `umask 022; exec "$@"`, 'sh', process.execPath, 'lib/supervisor/launch.mjs'],
    {
      cwd: directory,
      env: {
        ...process.env,
        npm_execpath: join(directory, 'npm.mjs'),
        FAIRLEAD_SECRET_KEY: 'secret',
        https_proxy: 'http://proxy:3128',
        TMPDIR: directory,
      },
      stdio: 'pipe',
    },
  )
  output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
}

test('npm gets no secrets, and ends with the process that started it', async () => {
  launch()
  const file = join(directory, 'noted.json')
  await expect.poll(() => existsSync(file), { timeout: 8000 }).toBe(true)
  const { pids, umask, env, args } = JSON.parse(readFileSync(file, 'utf8'))
  expect(args).toEqual(expect.arrayContaining(['install', 'node@24.0.0', 'npm@11.0.0']))
  expect([umask, env.FAIRLEAD_SECRET_KEY, env.https_proxy]).toEqual([
    0o022,
    undefined,
    'http://proxy:3128',
  ])
  const identities = pids.map(processIdentity)
  const ended = once(child, 'close')
  // As under nohup when the terminal is closed: it has none, and goes on.
  child.kill('SIGHUP')
  child.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
  expect(output).toContain('npm was ended by SIGTERM. Fairlead was not started.')
  await expect
    .poll(() => pids.filter((pid: number, index: number) => isRunning(pid, identities[index])))
    .toEqual([])
})
