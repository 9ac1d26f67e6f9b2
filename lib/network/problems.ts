/** What is wrong on this host, one sentence for each subject. */
export class Problems {
  readonly #bySubject = new Map<string, string>()
  readonly #onChange: (problems: string[]) => void

  constructor(onChange: (problems: string[]) => void) {
    this.#onChange = onChange
  }

  /** @param problem null if there is none any more */
  set(subject: string, problem: string | null): void {
    if ((this.#bySubject.get(subject) ?? null) === problem) return
    if (problem === null) this.#bySubject.delete(subject)
    else this.#bySubject.set(subject, problem)
    this.#onChange(this.list())
  }

  list(): string[] {
    return [...this.#bySubject.values()]
  }
}
