import { HEARD_MS } from './fence-ruleset.ts'
import { milliseconds } from './nft-text.ts'

/** What the fence has recorded of adverts. Keys are VRIDs. */
export type AdvertState = {
  /** Carriers for which this host has sent an advert within the lease. */
  alive: ReadonlySet<number>
  /** Carriers for which the peer advertises a higher priority. Their addresses are closed here. */
  outranked: ReadonlySet<number>
  /** The time since the peer's last advert arrived. Milliseconds, at most a minute. */
  silenceMs: ReadonlyMap<number, number>
  /** The address of another router that sends adverts with this VRID. */
  foreign: ReadonlyMap<number, string>
}

/** The fence's sets of adverts, which the kernel maintains. */
export class AdvertSets {
  readonly #elements: (set: string) => Promise<string[][]>

  /** @param elements reads a set: see `setElements` */
  constructor(elements: (set: string) => Promise<string[][]>) {
    this.#elements = elements
  }

  async read(): Promise<AdvertState> {
    const [alive, outranked, heard, foreign] = await Promise.all(
      ['alive', 'outranked', 'heard', 'foreign'].map((name) => this.#elements(name)),
    )
    return {
      alive: new Set(alive?.map(([mark]) => Number(mark))),
      outranked: new Set(outranked?.map(([mark]) => Number(mark))),
      silenceMs: new Map(
        heard?.map(([mark, text]) => [Number(mark), HEARD_MS - milliseconds(text ?? '')]),
      ),
      foreign: new Map(
        foreign?.map(([key = '']) => {
          const [mark, address = ''] = key.split(' . ')
          return [Number(mark), address]
        }),
      ),
    }
  }

  /** For how long adverts of a carrier have left without a pause of a lease. Milliseconds; null while none do. */
  async openMs(vrid: number): Promise<number | null> {
    const [alive, opened] = await Promise.all([this.#elements('alive'), this.#elements('opened')])
    const isOf = ([mark]: string[]) => Number(mark) === vrid
    if (!alive.some(isOf)) return null
    const text = opened.find(isOf)?.[1]
    return text === undefined ? Number.POSITIVE_INFINITY : HEARD_MS - milliseconds(text)
  }
}
