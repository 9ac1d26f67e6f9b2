import type { Authority } from '../authority/authority.ts'

/** The time in which this process is the leader: the only control plane that does what must happen once. */
export type Term = {
  /** Aborted when the term is known to have ended. */
  readonly ended: AbortSignal
  /**
   * Whether this process is the leader for sure. Ask right before sending anything: a process that hung for a while isn't the leader any
   * more, and has not noticed yet.
   */
  readonly isCertain: () => boolean
  /** For write transactions and orders to hosts, which check that the term has not ended. */
  readonly authority: Authority
}

/** Resolves when a task does nothing more. */
export type Stop = () => Promise<void> | void

/** What only the leader does. */
export type LeaderTask = {
  /** For the log. */
  name: string
  /** Called at the start of each term, and again after a second if it fails. @returns what is called at the end of the term */
  start: (term: Term) => Promise<Stop> | Stop
}
