import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { networksOf } from '#lib/core/networks.ts'
import { contain } from '#lib/process/faults.ts'
import type { HostOrder, HostReport } from '#lib/protocol/host-link.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { CarrierLabels } from '../address-ownership/carrier-labels.ts'
import { InProcessOwnership } from '../address-ownership/in-process-ownership.ts'
import { VrrpOwnership } from '../address-ownership/vrrp-ownership.ts'
import { runDirectory } from '../find-running-workers.ts'
import { print } from '../terminal.ts'
import { HelperNetwork } from './helper-network.ts'
import { type HelperLimits, HelperProcess } from './helper-process.ts'
import { carryOutHostOrder } from './host-orders.ts'

/** After the control plane has named a node's pairs, it names those of others on this host. Milliseconds. */
const PAIRS_SETTLE_MS = 10_000
/** How long giving up all addresses may take. Milliseconds. */
const SHUT_DOWN_MS = 5000

/** Of `CarrierLabels`. */
export function carrierLabelsFile(dataDir: string): string {
  return join(runDirectory(dataDir), 'carriers.json')
}

export type HostOwnership = {
  ownership: VrrpOwnership
  network: HelperNetwork
  /** Carries out an order of the control plane for a node of this host. @returns the answer; null if it has none */
  carryOut(node: NodeName, order: HostOrder): Promise<HostReport | null>
  /** Begins to control the network. Call it once the nodes that outlived the previous supervisor are adopted. */
  open(): void
  /** Has the helper add HA IPs of these networks. */
  setNetworks(networks: readonly string[]): void
  /** Gives up all addresses, so that other hosts take them over, and ends the network helper. Never rejects. */
  shutDown(): Promise<void>
}

/**
 * Address ownership of a host that shares HA IPs with others.
 * @param failbackMs for load balancers that only this host has
 */
export function openHostOwnership(
  dataDir: string,
  limits: HelperLimits,
  failbackMs: number | null = null,
): HostOwnership {
  mkdirSync(runDirectory(dataDir), { recursive: true, mode: 0o700 })
  const helper = new HelperProcess(dataDir, limits)
  const network = new HelperNetwork({ helper, networks: networksOf(limits.networks) })
  const ownership = new VrrpOwnership({
    local: new InProcessOwnership({ failbackMs }),
    network,
    labels: new CarrierLabels(carrierLabelsFile(dataDir)),
  })
  let pairsSettle: NodeJS.Timeout | undefined
  return {
    ownership,
    network,
    carryOut(node, order) {
      if (order.type === 'pairs') {
        clearTimeout(pairsSettle)
        pairsSettle = setTimeout(
          contain('takeover', () => network.removeFormerPairs()),
          PAIRS_SETTLE_MS,
        )
      }
      return carryOutHostOrder(ownership, node, order)
    },
    open() {
      helper.replaceOutdated()
      network.open()
    },
    setNetworks(networks) {
      helper.setLimits({ ...limits, networks })
      network.setNetworks(networksOf(networks))
    },
    async shutDown() {
      clearTimeout(pairsSettle)
      const isDone = await Promise.race([isShutDown(network), delay(SHUT_DOWN_MS, false)])
      helper.leave()
      if (isDone) helper.removeFiles()
    },
  }
}

async function isShutDown(network: HelperNetwork): Promise<boolean> {
  try {
    await network.shutDown()
    return true
  } catch {
    return false
  }
}

/** Prints a problem of the host when there is another one. */
export function problemPrinter(): (problem: string | null) => void {
  let printed: string | null = null
  return (problem) => {
    if (problem === printed) return
    printed = problem
    print(problem === null ? 'This host can own HA IPs again.' : problem)
  }
}
