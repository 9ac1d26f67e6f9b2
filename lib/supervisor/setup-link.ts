import { say } from './progress.ts'

/** Tells the link that opens the first account: once the console is there, and anew whenever the token changes. */
export class SetupLink {
  readonly #consoleUrl: string
  #token: string | null = null
  #isShown = false

  constructor(consoleUrl: string) {
    this.#consoleUrl = consoleUrl
  }

  /** The control plane has no account; this token makes one. It gives another after a restart. */
  offer(token: string): void {
    this.#token = token
    if (this.#isShown) this.#say()
  }

  /** The console answers from now on. */
  show(): void {
    this.#isShown = true
    this.#say()
  }

  #say(): void {
    if (this.#token) say(`Create the first account: ${this.#consoleUrl}/setup?token=${this.#token}`)
  }
}
