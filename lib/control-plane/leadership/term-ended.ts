/** A write of a process that is not the leader any more. */
export class TermEnded extends Error {
  constructor() {
    super('This control plane is not the leader any more.')
    this.name = 'TermEnded'
  }
}

/** For work that the next leader goes on with. @throws any other error */
export function unlessTermEnded(error: unknown): void {
  if (!(error instanceof TermEnded)) throw error
}
