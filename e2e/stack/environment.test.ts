import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { findProgram } from '#lib/testing/programs/programs.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, launch, startInstallation } from '../support/installation.ts'
import { statusOf, variablesOf } from '../support/proc-files.ts'
import { descendants, isRunning } from '../support/process-tree.ts'

const isRoot = process.getuid?.() === 0
/** Longer than a shutdown takes, and shorter than a container's grace period. Milliseconds. */
const SHUTDOWN_MS_MAX = 10_000

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Options = Parameters<typeof startInstallation>[0]

async function start(options: Options = {}): Promise<Installation> {
  const installation = await startInstallation(options)
  cleanups.push(() => installation.remove())
  return installation
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-environment-'))
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Creates a load balancer, which starts both nodes of its region. */
async function startNodes(installation: Installation): Promise<void> {
  const api = new Api(installation)
  const lb = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', {
    name: 'site',
    backends: [backendOf(ownAddresses(1), 8183)],
    frontends: [{ name: 'http', inbound_port: 8000, backend: 'web' }],
  })
  await api.waitForStatus(lb.id, 'ready')
}

const expectAllEnded = (pids: number[]) =>
  waitFor('every process has ended', () => !pids.some(isRunning), SHUTDOWN_MS_MAX * 3)

describe('signals', () => {
  test('SIGTERM to npm stops everything that npm start started', async () => {
    const installation = await start({ command: ['npm', 'start'] })
    await startNodes(installation)
    const running = installation.processes()
    const titles = running.map(({ title }) => title)
    expect(titles).toEqual(
      expect.arrayContaining(['fairlead supervisor', 'fairlead node fr-par-a']),
    )
    const npm = Number(statusOf(running[0]?.pid ?? 0, 'PPid'))
    process.kill(npm, 'SIGTERM')
    await expectAllEnded([npm, ...running.map(({ pid }) => pid)])
  })

  test('SIGTERM to launch.mjs stops everything, with exit code 0', async () => {
    const { child, output } = await launch()
    await waitFor('ready', () => output().includes('Fairlead is ready'), 60_000)
    const pids = descendants(child.pid as number).map(({ pid }) => pid)
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(pids.filter(isRunning)).toEqual([])
  })

  test('SIGTERM during the start stops everything, with exit code 0', async () => {
    const dataDir = join(temporaryDirectory(), 'data')
    const { child, output } = await launch({ dataDir })
    await waitFor('the supervisor', () => existsSync(join(dataDir, 'supervisor.pid')), 60_000)
    const pids = descendants(child.pid as number).map(({ pid }) => pid)
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(output()).not.toMatch(/ended with|ready/)
    expect(pids.filter(isRunning)).toEqual([])
  })

  test('SIGHUP is ignored without a terminal', async () => {
    const installation = await start()
    await startNodes(installation)
    const running = installation.processes()
    const launcher = Number(statusOf(installation.process('fairlead supervisor').pid, 'PPid'))
    for (const pid of [launcher, ...running.map(({ pid }) => pid)]) process.kill(pid, 'SIGHUP')
    // Responses to later requests show that the processes have survived the signal.
    await new Api(installation).ok('GET', '/lb/v1/regions/fr-par/lbs')
    expect((await fetch(installation.consoleUrl)).status).toBe(200)
    expect(running.filter(({ pid }) => !isRunning(pid))).toEqual([])
    expect(installation.output()).not.toMatch(/Stopping|restarted/)
  })

  describe.runIf(findProgram('script'))('closing a terminal', () => {
    /** Runs a command line in a new terminal. @returns a function that closes the terminal */
    async function startInTerminal(line: (output: string) => string) {
      const output = join(temporaryDirectory(), 'output')
      const command = ['script', '--quiet', '--return', '--command', line(output), '/dev/null']
      const { child, dataDir } = await launch({ command })
      cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }))
      const isReady = () => existsSync(output) && readFileSync(output, 'utf8').includes('is ready')
      await waitFor('ready', isReady, 60_000)
      const processes = descendants(child.pid as number)
      const supervisor = processes.find(({ title }) => title === 'fairlead supervisor')?.pid ?? 0
      const pids = processes.map(({ pid }) => pid)
      cleanups.push(() => expectAllEnded(pids))
      cleanups.push(() => isRunning(supervisor) && process.kill(supervisor, 'SIGTERM'))
      const readOutput = () => readFileSync(output, 'utf8')
      return { child, pids, supervisor, readOutput }
    }

    test('stops everything that was started in it', async () => {
      const { child, pids } = await startInTerminal((output) => `npm start > ${output}`)
      child.kill('SIGKILL')
      await expectAllEnded(pids)
    })

    test('stops only npm under nohup, because npm does not ignore SIGHUP', async () => {
      const { child, pids, supervisor, readOutput } = await startInTerminal(
        (output) => `nohup npm start > ${output} 2>&1`,
      )
      const launcher = Number(statusOf(supervisor, 'PPid'))
      const npm = Number(statusOf(launcher, 'PPid'))
      child.kill('SIGKILL')
      await waitFor('npm has ended', () => !isRunning(npm))
      // SIGHUP goes to all processes of the terminal, and npm has received it.
      expect([launcher, supervisor].map(isRunning)).toEqual([true, true])
      expect(readOutput()).not.toContain('Stopping')
      process.kill(supervisor, 'SIGTERM')
      await expectAllEnded(pids)
    })
  })
})

describe.runIf(isRoot)('as process 1 of a container', () => {
  const wrapper = ['unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc']
  const initOf = (installation: Installation) =>
    installation.processes().find(({ title }) => title.includes('init.sh'))?.pid ?? 0

  test('orphans are reaped, and SIGTERM stops everything in time, with exit code 0', async () => {
    const installation = await start({ wrapper })
    await startNodes(installation)
    const init = initOf(installation)
    expect(statusOf(init, 'NSpid')?.split('\t').at(-1)).toBe('1')
    // A program that leaves an orphan behind.
    const leaving = ['sh', '-c', 'sleep 60 & exit']
    execFileSync('nsenter', ['--target', `${init}`, '--pid', ...leaving], { stdio: 'ignore' })
    const orphan = await waitFor('an orphan', () =>
      descendants(init).find(({ title }) => title === 'sleep 60'),
    )
    process.kill(orphan.pid, 'SIGKILL')
    await waitFor('the orphan is reaped', () => !existsSync(`/proc/${orphan.pid}`))

    const pids = [init, ...descendants(init).map(({ pid }) => pid)]
    const began = performance.now()
    process.kill(init, 'SIGTERM')
    await expectAllEnded(pids)
    expect(performance.now() - began).toBeLessThan(SHUTDOWN_MS_MAX)
    expect(installation.output()).toContain('Stopping')
    expect(await installation.stop()).toBe(0)
  })

  test('a second container with the same data directory is refused until the first is killed', async () => {
    const first = await start({ wrapper })
    const second = await launch({ wrapper, dataDir: first.dataDir })
    expect((await once(second.child, 'close'))[0]).toBe(1)
    expect(second.output()).toMatch(/already running with the data directory/)
    const pids = first.processes().map(({ pid }) => pid)
    process.kill(initOf(first), 'SIGKILL')
    await expectAllEnded(pids)
    await start({ wrapper, dataDir: first.dataDir })
  })
})

describe('environment and files of the processes', () => {
  const SECRETS = ['AWS_SECRET_ACCESS_KEY', 'NPM_TOKEN', 'SSH_AUTH_SOCK']
  /** The settings and secrets of Fairlead that each process needs. */
  const OWN: Record<string, string[]> = {
    'fairlead control-plane': [
      ...[
        'host',
        'port',
        'databaseFile',
        'keyFile',
        'pools',
        'admin',
        'credentials',
        'requestRate',
      ],
      ...['nodes', 'bffSecret', 'trustedProxies', 'publicOrigin', 'allowedHosts', 'smtp', 'egress'],
      ...['hasLocalNodes', 'replaceBackupAfterMs', 'failbackMs'],
      ...['audit', 'nodeAddress', 'database'],
    ],
    'fairlead console': [
      ...['host', 'port', 'apiUrl', 'bffSecret', 'trustedProxies', 'publicOrigin', 'allowedHosts'],
      ...['installationId', 'demoServers'],
    ],
    'fairlead node': [
      ...['node', 'apiUrls', 'credential', 'dataDir', 'worker', 'workers', 'runDir', 'heartbeatMs'],
      ...['needsApplyGrant', 'egress', 'identityFile'],
    ],
  }

  test('each has the variables that it needs and umask 077, and other users can access no file', async () => {
    const dataDir = join(temporaryDirectory(), 'data')
    mkdirSync(dataDir)
    chmodSync(dataDir, 0o755)
    writeFileSync(join(dataDir, 'traffic.db'), '')
    chmodSync(join(dataDir, 'traffic.db'), 0o644)
    const env = { ...Object.fromEntries(SECRETS.map((name) => [name, 'secret'])), TZ: 'Asia/Tokyo' }
    const installation = await start({ dataDir, env })
    await startNodes(installation)
    expect(installation.output()).toMatch(
      /^Removed other users' permissions on \S+\/data and 1 more/m,
    )
    const running = installation.processes().filter(({ title }) => title.startsWith('fairlead '))
    expect(running.map(({ title }) => title).toSorted()).toEqual([
      'fairlead console',
      'fairlead control-plane',
      'fairlead node fr-par-a',
      'fairlead node fr-par-b',
      'fairlead supervisor',
    ])
    for (const { pid, title } of running) {
      expect([title, statusOf(pid, 'Umask')]).toEqual([title, '0077'])
      if (title === 'fairlead supervisor') continue
      const own = OWN[title.replace(/ fr-par-.$/, '')]?.toSorted()
      const variables = variablesOf(pid)
      const foreign = Object.keys(variables).filter(
        (name) =>
          SECRETS.includes(name) ||
          (name.startsWith('FAIRLEAD_') &&
            !['FAIRLEAD_SETTINGS', 'FAIRLEAD_LOG_FILE'].includes(name)),
      )
      expect([title, foreign]).toEqual([title, []])
      const settings = JSON.parse(variables.FAIRLEAD_SETTINGS ?? '{}')
      expect([title, Object.keys(settings).toSorted()]).toEqual([title, own])
      expect([title, variables.TZ]).toEqual([title, 'Asia/Tokyo'])
    }
    const open = execFileSync('find', [dataDir, '-perm', '/077', '!', '-type', 's'], {
      encoding: 'utf8',
    })
    expect(open).toBe('')
  })

  test('an error for a file that can’t be written names its path, in one line', async () => {
    const directory = temporaryDirectory()
    const dataDir = join(directory, 'file', 'data')
    writeFileSync(join(directory, 'file'), '')
    const { child, output } = await launch({ dataDir })
    expect((await once(child, 'close'))[0]).toBe(1)
    expect(output()).toBe(
      `${directory}/file is a file, and a directory is needed there. Move it away, or choose another path.\n`,
    )
  })

  test('an error for an invalid database names its path', async () => {
    const dataDir = temporaryDirectory()
    writeFileSync(
      join(dataDir, 'fairlead.db'),
      'not a database, but long enough to have a header'.repeat(50),
    )
    const { child, output } = await launch({ dataDir })
    expect((await once(child, 'close'))[0]).toBe(1)
    expect(output()).toContain(`${dataDir}/fairlead.db is not a database.`)
  })
})

test('a PID file left by another program does not block the build', async () => {
  const marker = join('node_modules', '.fairlead-build.pid')
  const other = spawn('sleep', ['60'])
  cleanups.push(() => other.kill())
  writeFileSync(marker, `${other.pid}`)
  cleanups.push(() => rmSync(marker, { force: true }))
  // The build is up to date, so this only takes the lock.
  execFileSync(process.execPath, ['lib/supervisor/build.ts'], { timeout: 60_000 })
  expect(existsSync(marker)).toBe(false)
})
