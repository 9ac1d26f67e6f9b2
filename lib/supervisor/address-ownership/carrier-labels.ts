import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { replaceFile } from '#lib/process/replace-file.ts'
import { type Carriage, Carriage as CarriageSchema } from '#lib/protocol/pair.ts'

const Labels = z.record(z.string(), CarriageSchema)

/**
 * The carriers that planned switchovers have moved load balancers to, on disk. A host that restarts without the control plane
 * has configurations from before the last switchover; the label with the higher epoch is true.
 */
export class CarrierLabels {
  readonly #file: string
  readonly #labels: Map<string, Carriage>

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
    const next = new Map(this.#labels)
    for (const { lb_id, carriage } of newer) next.set(lb_id, carriage)
    this.#write(next)
    for (const { lb_id, carriage } of newer) this.#labels.set(lb_id, carriage)
  }

  /** The load balancer is not on this host any more. Its label stays on disk until the next `save`. */
  forget(lbId: string): void {
    this.#labels.delete(lbId)
  }

  #write(labels: ReadonlyMap<string, Carriage>): void {
    replaceFile(this.#file, JSON.stringify(Object.fromEntries(labels)))
  }
}

/** A file that can't be read is as good as none: the configurations' labels are the newest that are known then. */
function read(file: string): z.infer<typeof Labels> {
  try {
    return Labels.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}
