import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type {
  DesiredBackend,
  DesiredConfig,
  DesiredFrontend,
} from '#lib/protocol/desired-config.ts'
import type { LbReport } from '#lib/protocol/report.ts'

export type LbProcessSetup = { backend: DesiredBackend; frontend: Partial<DesiredFrontend> }
/** `beside`: other load balancers in the same process. */
export type LbProgramSetup = LbProcessSetup & { beside: LbProcessSetup[] }
export type LbProcessOrder = { type: 'change'; change: Partial<DesiredConfig> } | { type: 'report' }
export type LbProcessAnswer =
  | { type: 'listening'; port: number; beside: number[] }
  | { type: 'report'; report: LbReport }

/** A load balancer in its own process. */
export type LbProcess = {
  pid: number
  port: number
  /** Ports of the other load balancers. */
  beside: number[]
  /** Applies a change of the current configuration. */
  change(change: Partial<DesiredConfig>): void
  report(): Promise<LbReport>
  /** Whether the process still runs. */
  readonly alive: boolean
  stop(): Promise<void>
}

const PROGRAM = join(import.meta.dirname, 'lb-program.ts')
const NODE = join(import.meta.dirname, '../../node_modules/.bin/node')

/**
 * @param openFiles its limit of open files; this process's if omitted
 * @param others other load balancers in the same process
 */
export async function startLbProcess(
  setup: LbProcessSetup,
  { openFiles, others = [] }: { openFiles?: number; others?: LbProcessSetup[] } = {},
): Promise<LbProcess> {
  const limit = openFiles === undefined ? [] : ['prlimit', `--nofile=${openFiles}:${openFiles}`]
  const flags = ['--disable-warning=ExperimentalWarning']
  const [program = '', ...args] = [
    ...limit,
    NODE,
    ...flags,
    PROGRAM,
    JSON.stringify({ ...setup, beside: others } satisfies LbProgramSetup),
  ]
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const { port, beside } = await answerOf(child, 'listening')
  const alive = () => child.exitCode === null && child.signalCode === null
  return {
    pid: child.pid ?? 0,
    port,
    beside,
    change(change) {
      child.send({ type: 'change', change } satisfies LbProcessOrder)
    },
    async report() {
      child.send({ type: 'report' } satisfies LbProcessOrder)
      return (await answerOf(child, 'report')).report
    },
    get alive() {
      return alive()
    },
    async stop() {
      if (!alive()) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

type Answer<Type> = Extract<LbProcessAnswer, { type: Type }>

/** Waits for the next reply of a type. */
function answerOf<Type extends LbProcessAnswer['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Answer<Type>> {
  return new Promise((resolve, reject) => {
    const onMessage = (answer: LbProcessAnswer) => {
      if (answer.type === type) settle(() => resolve(answer as Answer<Type>))
    }
    const onExit = () => settle(() => reject(new Error('the load balancer’s process ended')))
    const settle = (tell: () => void) => {
      child.off('message', onMessage).off('exit', onExit)
      tell()
    }
    child.on('message', onMessage).on('exit', onExit)
  })
}
