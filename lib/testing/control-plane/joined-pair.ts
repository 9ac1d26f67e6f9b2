import type { Region } from '#lib/core/locality.ts'
import { HOST_LINK_PATH, HOST_REPORT_PATH } from '#lib/protocol/host-link.ts'
import { RENEW_PATH } from '#lib/protocol/join.ts'
import { joinNode, joinRequest } from './joined-node.ts'
import type { RunningControlPlane } from './running-control-plane.ts'

type Joined = Awaited<ReturnType<typeof joinNode>>
type Stream = Awaited<ReturnType<Joined['follow']>>

/** The hosts of a pair that own their carriers and answer no orders. */
export class JoinedPair {
  readonly a: Joined
  readonly b: Joined
  #links: Stream[] = []

  private constructor(a: Joined, b: Joined) {
    this.a = a
    this.b = b
  }

  /**
   * Joins a node in each cluster of a region.
   * @param createToken calls the API; returns the body of its response
   */
  static async join(
    nodePort: number,
    region: Region,
    createToken: (node: unknown) => Promise<unknown>,
  ): Promise<JoinedPair> {
    const call: RunningControlPlane['call'] = async (_method, _path, node) => ({
      ...{ status: 200, headers: new Headers() },
      body: await createToken(node),
    })
    const member = (cluster: 'a' | 'b', address: string) =>
      joinNode({ nodePort, call }, { region, cluster, name: `host-${cluster}` }, { address })
    return new JoinedPair(await member('a', '10.0.0.1'), await member('b', '10.0.0.2'))
  }

  /** Opens the links of both hosts, which ends earlier ones, and reports the carriers. */
  async connect(): Promise<void> {
    const hello = { host: 'host', version: '1.0.0' }
    const links = [this.a, this.b].map((node) => node.follow(HOST_LINK_PATH, hello))
    const former = this.#links
    this.#links = await Promise.all(links)
    for (const link of this.#links) await link.next()
    for (const link of former) link.close()
    await this.#report('backup', true)
  }

  /** Both hosts report their carriers, after they have connected. `split`: both own the carrier of cluster a. */
  async report(state: 'agreed' | 'split' = 'agreed'): Promise<void> {
    if (this.#links.length === 0 || this.#links.some(({ response }) => response.closed)) {
      await this.connect()
    }
    await this.#report(state === 'agreed' ? 'backup' : 'owner', state === 'agreed')
  }

  async #report(ofB: 'owner' | 'backup', hears_peer: boolean): Promise<void> {
    const carriers = (a: string, b: string) => ({
      ...{ type: 'carriers', problem: null },
      pairs: [{ pair: 1, a, b, hears_peer }],
    })
    await this.a.post(HOST_REPORT_PATH, carriers('owner', 'backup'))
    await this.b.post(HOST_REPORT_PATH, carriers(ofB, 'owner'))
  }

  /** Renews the certificate of a node, which keeps its former one. */
  async renew(): Promise<void> {
    const { request } = await joinRequest('')
    await this.a.post(RENEW_PATH, { csr: request.csr })
  }

  close(): void {
    for (const link of this.#links) link.close()
  }
}
