import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { buildConsole, isConsoleStale } from '#lib/supervisor/console-build.ts'
import { preparePrograms } from '#lib/supervisor/host/packages.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { CONTROL_SOCKET, callDemo } from './control-socket.ts'
import { Demo } from './demo.ts'
import { LiveLine } from './live-line.ts'
import { blackoutText, machineText, stateText } from './text.ts'

// npm run demo:cluster: load balancer hosts, control planes and a database in network namespaces of this machine, and plugs to pull.
//   … -- watch        shows requests, machines and blackouts
//   … -- pull lb-1    pulls the plug of a machine
//   … -- plug lb-1    plugs it in again

const WATCH_MS = 250
const USAGE = 'npm run demo:cluster [-- watch | pull HOST | plug HOST]'
const print = (line: string) => process.stdout.write(`${line}\n`)

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

async function run(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    fail('The demo makes network namespaces, which takes Linux and root: sudo npm run demo:cluster')
  }
  if (await callDemo(CONTROL_SOCKET, null)) fail('The demo runs already, in another terminal.')
  preparePrograms()
  const problem = whyNoNamespaces() ?? missingPrograms('postgres')
  if (problem) fail(`The demo can't run here: ${problem}.`)
  const startedAt = performance.now()
  const step = (done: string) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0).padStart(3)
    print(`${seconds} s  ${done}`)
  }
  print('A data center on this machine. Ctrl-C ends it.\n')
  if (isConsoleStale()) {
    print('  Building the console. Only the first start does that, and it takes a minute.')
    await buildConsole()
    step('the console is built')
  }
  // Whatever way it ends, its processes, namespaces and files are gone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(0))
  }
  process.on('exit', () => rmSync(dirname(CONTROL_SOCKET), { recursive: true, force: true }))
  const consolePort = await port(3000)
  const demo = await Demo.start(consolePort, step)
  const each = demo.lab.controlPlanes.map(({ name, consoleUrl }) => `${name} ${consoleUrl}`)
  print(`
  Console        http://127.0.0.1:${consolePort}/network/load-balancers/nodes
                 through the load balancer console. Each by itself: ${each.join(', ')}
  Log in         ${demo.email}   ${demo.password}
  Watch          npm run demo:cluster -- watch
  Pull the plug  npm run demo:cluster -- pull lb-1     (plug lb-1 brings it back)
`)
  show(demo)
}

/** The requested port, or a free one if it is taken. */
async function port(wanted: number): Promise<number> {
  const server = createServer()
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(true)))
  })
  return isFree ? wanted : freePort()
}

/** Shows what happens, and pulls plugs at the press of a key. */
function show(demo: Demo): void {
  const live = new LiveLine(process.stdout)
  demo.onHost = (host) => live.print(machineText(host))
  demo.onBlackout = (blackout) => live.print(blackoutText(blackout))
  setInterval(() => live.show(stateText(demo.state())), WATCH_MS)
  const { stdin } = process
  if (!stdin.isTTY) return
  const keys = demo.state().hosts.map(({ name }, at) => `${at + 1} ${name}`)
  print(`  Or press a key here, which pulls a plug and plugs it in again: ${keys.join(', ')}\n`)
  stdin.setRawMode(true)
  stdin.on('data', (typed) => {
    for (const key of typed.toString()) {
      if (key === '\u0003' || key === 'q') process.exit(0)
      const host = demo.state().hosts[Number(key) - 1]
      if (!host || host.state === 'starting') continue
      demo
        .act({ host: host.name, action: host.state === 'off' ? 'plug' : 'pull' })
        .catch((error) => live.print((error as Error).message))
    }
  })
}

async function watch(): Promise<void> {
  const live = new LiveLine(process.stdout)
  let seen = new Date().toISOString()
  for (;;) {
    const state = await callDemo(CONTROL_SOCKET, null)
    if (!state) fail('The demo does not run. Start it with npm run demo:cluster')
    for (const blackout of state.blackouts.toReversed()) {
      if (blackout.at <= seen) continue
      live.print(blackoutText(blackout))
      seen = blackout.at
    }
    live.show(stateText(state))
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS))
  }
}

async function act(action: 'pull' | 'plug', host: string): Promise<void> {
  const state = await callDemo(CONTROL_SOCKET, { host, action })
  if (!state) fail('The demo does not run. Start it with npm run demo:cluster')
  const found = state.hosts.find(({ name }) => name === host)
  if (found) print(machineText(found))
}

const [command, host = ''] = process.argv.slice(2)
try {
  if (command === undefined) await run()
  else if (command === 'watch') await watch()
  else if (command === 'pull' || command === 'plug') await act(command, host)
  else fail(USAGE)
} catch (error) {
  fail((error as Error).message)
}
