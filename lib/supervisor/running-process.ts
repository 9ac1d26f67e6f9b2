import type { BoundSocket } from '#lib/process/bind-socket.ts'

/** A process that runs, be it started here or taken over from a supervisor that has gone. */
export interface RunningProcess {
  readonly pid: number | undefined
  /** Sends a message, with a socket where one belongs to it. A process that is gone misses it. */
  send(message: object, socket?: BoundSocket): void
  /** Ends it at once. */
  kill(): void
}

/** How a process ended: one of the two is set; neither for a process that is not a child. */
export type ExitStatus = { code: number | null; signal: NodeJS.Signals | null }

/** What it tells. */
export type ProcessEvents = {
  onMessage(message: { type: string }, socket?: BoundSocket): void
  /** It has ended, told once. @param words what it said last, or how it ended */
  onEnd(words: string, status: ExitStatus): void
}
