// Installs what is missing and finds the pinned Node. Plain JavaScript without dependencies: it runs on any Node from
// 18 up, before anything is installed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR_MIN = 18
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node')

// As in `signals.ts`: without a terminal (nohup) SIGHUP is ignored, also while packages are installed.
const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
if (!hasTerminal) process.on('SIGHUP', () => {})
// The reader of the output may have ended.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {})

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

/** Whether node_modules holds every package of package-lock.json in its version, optional ones aside. */
function isInstalled() {
  const wanted = readJson(join(root, 'package-lock.json'))
  const present = readJson(join(root, 'node_modules', '.package-lock.json'))
  if (!wanted || !present || !existsSync(pinnedNode)) return false
  return Object.entries(wanted.packages).every(
    ([path, entry]) =>
      path === '' || entry.optional || present.packages[path]?.version === entry.version,
  )
}

/**
 * Starts a child and forwards signals to it, and to its whole process group if it leads one. The handlers are installed first:
 * a signal during the start would end this process and leave the child.
 * @returns the child, and a function that stops the forwarding
 */
function spawnWithSignals(program, args, options) {
  let child = null
  const pass = (signal) => {
    try {
      process.kill(options.detached ? -child.pid : child.pid, signal)
    } catch {
      // It has ended.
    }
  }
  const signals = ['SIGINT', 'SIGTERM', ...(hasTerminal ? ['SIGHUP'] : [])]
  for (const signal of signals) process.on(signal, pass)
  child = spawn(program, args, options)
  const stopPassing = () => {
    for (const signal of signals) process.off(signal, pass)
  }
  return { child, stopPassing }
}

/** The environment without Fairlead's settings: scripts of packages must not see secrets. */
function foreignEnvironment() {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('FAIRLEAD_'))
  return Object.fromEntries(entries)
}

/** Runs a command. If it fails, prints its output and ends this process. */
async function run(command, args, cwd, env = {}) {
  const { child, stopPassing } = spawnWithSignals(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...foreignEnvironment(), npm_config_loglevel: 'error', ...env },
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  const [status, signal] = await once(child, 'close').catch((error) => [error.message, null])
  stopPassing()
  if (status === 0) return
  if (signal) fail(`npm was ended by ${signal}. Fairlead was not started.`)
  process.stderr.write(`${output}${typeof status === 'string' ? status : ''}\n`)
  fail(`npm ${args.slice(1).join(' ')} failed, see above. Fairlead was not started.`)
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/**
 * Installs the packages with the pinned Node and npm, which the machine's own npm fetches first: npm skips optional packages, such as
 * native ones, that don't support the Node that it runs on.
 */
async function installPackages() {
  const { dependencies, packageManager } = readJson(join(root, 'package.json'))
  const tools = mkdtempSync(join(tmpdir(), 'fairlead-install-'))
  try {
    writeFileSync(join(tools, 'package.json'), '{"allowScripts":{"node":true}}')
    const [command, ...args] = process.env.npm_execpath
      ? [process.execPath, process.env.npm_execpath]
      : ['npm']
    const wanted = [`node@${dependencies.node}`, packageManager]
    await run(
      command,
      [...args, 'install', '--no-save', '--ignore-scripts=false', ...wanted],
      tools,
    )
    const bin = join(tools, 'node_modules', 'node', 'bin')
    const npm = join(tools, 'node_modules', 'npm', 'bin', 'npm-cli.js')
    const path = `${bin}${delimiter}${process.env.PATH ?? ''}`
    await run(join(bin, 'node'), [npm, 'ci', '--ignore-scripts=false'], root, { PATH: path })
  } finally {
    rmSync(tools, { recursive: true, force: true })
  }
}

/** Installs every package of the lock file, including the pinned Node. Ends the process if that fails. */
export async function installWhatIsMissing() {
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    fail(`Fairlead starts on Node ${NODE_MAJOR_MIN} or newer. This is ${process.version}.`)
  }
  if (isInstalled()) return
  process.stdout.write('Installing packages (npm ci). This takes a minute the first time.\n')
  await installPackages()
}

/**
 * Runs one of the project's scripts on the pinned Node and exits with its exit code. Ctrl-C reaches both processes, because they are in
 * one group; the second SIGINT that is forwarded does no harm. As process 1 of a container this process is replaced by `init.sh`, if
 * this Node supports that.
 */
export function handOver(script, args) {
  const command = [pinnedNode, '--disable-warning=ExperimentalWarning', join(root, script), ...args]
  // The compile cache is kept between starts, so that a process starts in a third of the time.
  const env = {
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'fairlead'),
    ...process.env,
  }
  if (process.pid === 1 && process.execve) {
    process.execve('/bin/sh', ['sh', join(root, 'lib', 'supervisor', 'init.sh'), ...command], env)
  }
  const [program, ...rest] = command
  const { child } = spawnWithSignals(program, rest, { stdio: 'inherit', env })
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
