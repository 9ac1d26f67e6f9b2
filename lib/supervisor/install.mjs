// Installs what is missing and finds the pinned Node. Plain JavaScript without dependencies: it runs on whatever Node
// the machine has (18 or newer), before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node')

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

/** Whether node_modules holds every package of package-lock.json in its version, optional ones aside. */
function isInstalled() {
  const wanted = readJson(join(root, 'package-lock.json'))
  const present = readJson(join(root, 'node_modules', '.package-lock.json'))
  if (!wanted || !present) return false
  return Object.entries(wanted.packages).every(
    ([path, entry]) =>
      path === '' || entry.optional || present.packages[path]?.version === entry.version,
  )
}

function npm(...args) {
  const cli = process.env.npm_execpath
  const [command, prefix] = cli ? [process.execPath, [cli]] : ['npm', []]
  const run = spawnSync(command, [...prefix, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, npm_config_loglevel: 'error' },
  })
  if (run.status === 0) return
  process.stderr.write(`${run.stdout ?? ''}${run.stderr ?? run.error?.message ?? ''}\n`)
  fail(`npm ${args.join(' ')} did not succeed: see above. Nothing was started.`)
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** Makes sure that every package of the lock file is there, and the pinned Node with them; ends the process if not. */
export function installWhatIsMissing() {
  if (Number(process.versions.node.split('.')[0]) < 18) {
    fail(`Fairlead starts on Node 18 or newer. This is ${process.version}.`)
  }
  if (!isInstalled()) {
    process.stdout.write('Installing packages (npm ci). This takes a minute the first time.\n')
    npm('ci', '--no-audit', '--no-fund')
  }
  // npm can be told not to run install scripts; the pinned Node comes by one.
  if (!existsSync(pinnedNode)) npm('rebuild', 'node', '--ignore-scripts=false')
  if (!existsSync(pinnedNode)) {
    fail('The pinned Node could not be installed. Run "npm rebuild node" and look at what it says.')
  }
}

/**
 * Runs one of the project's scripts on the pinned Node and ends as it ends. Ctrl-C reaches it by itself, being in the
 * same group; a second one sent from here does no harm.
 */
export function handOver(script, args) {
  const flags = ['--disable-warning=ExperimentalWarning']
  // What Node makes of the sources is kept between starts: a process starts in a third of the time.
  const env = {
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'fairlead'),
    ...process.env,
  }
  const child = spawn(pinnedNode, [...flags, join(root, script), ...args], {
    stdio: 'inherit',
    env,
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
