import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { contain } from '#lib/process/faults.ts'
import { RotatingLog } from '#lib/process/rotating-log.ts'
import { type ChildKind, inheritedEnvironment } from './child-environment.ts'
import type { ProcessEvents, RunningProcess } from './running-process.ts'

/** Which process to run. */
export type ChildSpec = {
  /** As in its title and its log file: "control-plane", "node-fr-par-a". */
  name: string
  kind: ChildKind
  /** The TypeScript file it starts with, from the project's root. */
  entry: string
  args?: string[]
  /** Its own variables, in addition to those that its kind inherits (`child-environment.ts`). Called at each start. */
  env?: () => Record<string, string>
  /** How long it may take to become ready, milliseconds. Default: no limit. */
  startMsMax?: number
  /** Whether it may be killed now because it is not ready in time; called again until it may. */
  mayKillLate?: () => boolean
}

/** How much of the end of its standard error is kept as the reason why it failed. Characters. */
const MESSAGE_MAX = 2000

/**
 * Starts a process. Its output goes to `logs/NAME.log` in the data directory, which rotates. If it was ready, `onEnd` is called as soon
 * as it exits; otherwise after all of its output has been read, which says why it failed.
 */
export function spawnProcess(
  { name, kind, entry, args = [], env = () => ({}) }: ChildSpec,
  dataDir: string,
  events: ProcessEvents,
): RunningProcess {
  const logFile = join(dataDir, 'logs', `${name}.log`)
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 })
  const log = new RotatingLog(logFile)
  // For output that the process doesn't divert to the log itself (`log-output.ts`).
  const output = openSync(logFile, 'a')
  const flags = ['--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, entry, ...args], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { ...inheritedEnvironment(kind), ...env(), FAIRLEAD_LOG_FILE: logFile },
    stdio: ['ignore', output, 'pipe', 'ipc'],
  })
  closeSync(output)
  let errorOutput = ''
  let [wasReady, isOver] = [false, false]
  const ended = (how: string) => {
    if (isOver) return
    isOver = true
    const { exitCode, signalCode } = child
    const status = { code: exitCode, signal: signalCode }
    events.onEnd(errorOutput.trim() || `${name} ended with ${how}`, status)
  }
  const how = () => child.signalCode ?? `exit code ${child.exitCode}`
  const onOutput = contain('supervisor', (text: string) => {
    errorOutput = (errorOutput + text).slice(-MESSAGE_MAX)
    log.write(text)
  })
  const onMessage = contain(
    'supervisor',
    (message: { type: string }) => {
      // Messages that it sent before its exit may arrive after it.
      if (isOver) return
      if (message.type === 'ready') wasReady = true
      events.onMessage(message)
    },
    (_fault, message) => events.onMessage(message),
  )
  // The exit must not be missed: a node's successor is activated only after it.
  const onEnded = () => ended(how())
  const onError = contain('supervisor', (error: Error) => ended(error.message), onEnded)
  // After it was ready, its restart must not wait for the rest of the output. Before, that is the reason of the failure.
  const onExit = contain('supervisor', () => wasReady && ended(how()), onEnded)
  const onClose = contain(
    'supervisor',
    () => {
      log.close()
      ended(how())
    },
    onEnded,
  )
  const onSent = contain('supervisor', (error: Error | null) => {
    if (error && child.connected) child.kill('SIGKILL')
  })
  child.stderr?.setEncoding('utf8').on('data', onOutput)
  child.on('message', onMessage)
  child.on('error', onError)
  child.on('exit', onExit)
  child.on('close', onClose)
  return {
    pid: child.pid,
    send(message, socket) {
      // The types know net.Server and net.Socket; raw handles are sent in just the same way.
      if (child.connected) child.send(message, socket as never, onSent)
    },
    kill() {
      child.kill('SIGKILL')
    },
  }
}
