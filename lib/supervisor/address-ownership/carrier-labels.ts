import { closeSync, fdatasyncSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { replaceFile } from '#lib/process/replace-file.ts'
import { type Carriage, Carriage as CarriageSchema } from '#lib/protocol/pair.ts'

const Labels = z.record(z.string(), CarriageSchema)
/** So many labels are appended to the file, or as many as there are, until it is replaced. */
const APPENDED_MIN = 1000

/**
 * The carriers that planned switchovers have moved load balancers to, on disk. A host that restarts without the control plane
 * has configurations from before the last switchover; the label with the higher epoch is true.
 *
 * Each line of the file has labels, which replace those of the lines before it.
 */
export class CarrierLabels {
  readonly #file: string
  readonly #labels: Map<string, Carriage>
  /** How many labels may be appended. A former process may not have completed its last line, so the first change replaces the file. */
  #room = 0

  /** @param file missing before the first switchover */
  constructor(file: string) {
    this.#file = file
    this.#labels = new Map(Object.entries(read(file)))
  }

  /** What is true of a load balancer whose configuration says `carriage`. */
  newest(lbId: string, carriage: Carriage): Carriage {
    const label = this.#labels.get(lbId)
    return label && label.epoch > carriage.epoch ? label : carriage
  }

  /** Keeps labels that are newer than those that it has. @throws Error if it can't be written; nothing has changed then */
  save(labels: readonly { lb_id: string; carriage: Carriage }[]): void {
    const newer = labels.filter(({ lb_id, carriage }) => {
      const known = this.#labels.get(lb_id)
      return !known || known.epoch < carriage.epoch
    })
    if (newer.length === 0) return
    this.#write(newer.map(({ lb_id, carriage }) => [lb_id, carriage]))
    for (const { lb_id, carriage } of newer) this.#labels.set(lb_id, carriage)
  }

  /** The load balancer is not on this host any more. Its label stays on disk until the file is replaced. */
  forget(lbId: string): void {
    this.#labels.delete(lbId)
  }

  /** Appends them. Writing all labels for each of many small changes would take longer than the changes. */
  #write(newer: [string, Carriage][]): void {
    this.#room -= newer.length
    if (this.#room >= 0) {
      const room = this.#room
      // If this fails, a part of the line may be there: the next change replaces the file.
      this.#room = 0
      append(this.#file, lineOf(newer))
      this.#room = room
      return
    }
    const all = [...new Map([...this.#labels, ...newer])]
    replaceFile(this.#file, lineOf(all))
    this.#room = Math.max(APPENDED_MIN, all.length)
  }
}

function lineOf(labels: [string, Carriage][]): string {
  return `${JSON.stringify(Object.fromEntries(labels))}\n`
}

/** @throws Error with the system's code */
function append(path: string, text: string): void {
  const file = openSync(path, 'a', 0o600)
  try {
    writeFileSync(file, text)
    fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** What can't be read is as good as none: the configurations' labels are the newest that are known then. */
function read(file: string): z.infer<typeof Labels> {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    return Object.assign({}, ...lines.map(labelsOf))
  } catch {
    return {}
  }
}

/** The last line may be incomplete. */
function labelsOf(line: string): z.infer<typeof Labels> {
  try {
    return Labels.parse(JSON.parse(line))
  } catch {
    return {}
  }
}
