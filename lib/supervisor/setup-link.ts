import { print } from './terminal.ts'

/** Prints the link that creates the first account: once the console is ready, and again whenever the token changes. */
export class SetupLink {
  readonly #consoleUrl: string
  #token: string | null = null
  #isShown = false

  constructor(consoleUrl: string) {
    this.#consoleUrl = consoleUrl
  }

  /** There is no account yet, and this token creates one. The control plane sends a new one after a restart. */
  offer(token: string): void {
    this.#token = token
    if (this.#isShown) this.#print()
  }

  /** The console is ready. */
  show(): void {
    this.#isShown = true
    this.#print()
  }

  #print(): void {
    if (this.#token)
      print(`Create the first account: ${this.#consoleUrl}/setup?token=${this.#token}`)
  }
}
