import { getuid } from 'node:process'
import pino from 'pino'
import { faultLog } from '#lib/process/fault-log.ts'
import { contain, detach, onFault } from '#lib/process/faults.ts'
import { installLastResort } from '#lib/process/last-resort.ts'
import { LOG_OUTPUT } from '#lib/process/log-output.ts'
import { type HelperArguments, parseArguments } from './arguments.ts'
import { CommandServer, isServed } from './command-server.ts'
import { HostInterface } from './host-interface.ts'
import { NetworkHelper } from './network-helper.ts'
import { kernelProblem, missingPrograms, runProgram } from './programs.ts'
import { prepareRunDirectory, RunFiles } from './run-files.ts'

/**
 * The privileged process of a load balancer host: it alone runs `nft`, `ip` and keepalived, and sends ARP. The supervisor tells it
 * what to do over a socket (messages.ts). When it ends, what it started goes on, and the next one adopts that. SIGUSR2 ends that too.
 */

process.umask(0o077)
process.title = 'fairlead network'
const log = pino({ name: 'network' }, LOG_OUTPUT)
onFault(faultLog((err, { boundary }) => log.error({ err, boundary }, 'a fault was contained')))
let isReady = false
installLastResort({ name: 'fairlead network', isReady: () => isReady })

try {
  await start(parseArguments(process.argv.slice(2)))
  isReady = true
} catch (error) {
  process.stderr.write(`The network helper can't start: ${(error as Error).message}\n`)
  process.exit(1)
}

async function start({ runDirectory, ...options }: HelperArguments): Promise<void> {
  if (getuid?.() !== 0) throw new Error('It must run as root, to change addresses and nftables.')
  const missing = kernelProblem() ?? missingPrograms()[0]
  if (missing) throw new Error(missing)
  prepareRunDirectory(runDirectory)
  const files = new RunFiles(runDirectory)
  if (await isServed(files.socket)) throw new Error(`Another one listens on ${files.socket}.`)
  await runFirst()
  const helper = new NetworkHelper({
    files,
    interface: new HostInterface(options.interface),
    networks: options.networks,
    clocks: options.clocks,
    emit(event) {
      log.info(event, 'event')
      server.emit(event)
    },
  })
  const end = contain('stop', () => {
    server.close()
    helper.stop()
    process.exit(0)
  })
  const server = new CommandServer(
    {
      execute: (command) => helper.execute(command),
      snapshot: () => helper.snapshot(),
      onShutDown: end,
    },
    log,
  )
  let isGivingUp = false
  const endUnlessGivingUp = contain('stop', () => {
    if (!isGivingUp) end()
  })
  process.on('SIGTERM', endUnlessGivingUp)
  process.on('SIGINT', endUnlessGivingUp)
  // No helper follows this one: nothing may answer for HA IPs that nobody controls.
  process.on(
    'SIGUSR2',
    contain('stop', () => {
      isGivingUp = true
      detach('stop', () => helper.execute({ type: 'shut_down', id: 0 }).finally(end))
    }),
  )
  await helper.start()
  await server.listen(files.socket, options.owner)
  log.info({ interface: options.interface }, 'ready')
}

/** A takeover waits for this process. Where real-time scheduling isn't permitted, a busy host takes over later. */
async function runFirst(): Promise<void> {
  try {
    await runProgram('chrt', ['--all-tasks', '--rr', '--pid', '10', String(process.pid)])
  } catch (error) {
    log.warn((error as Error).message)
  }
}
