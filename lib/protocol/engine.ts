import type { DesiredConfig, DesiredDraft } from './desired-config.ts'
import type { EngineReport, ReportPriority } from './report.ts'
import type { CheckReport, KnownConfig } from './stream.ts'

/** The result of applying a configuration. */
export type ApplyResult =
  | { outcome: 'applied' }
  /** The previous configuration stays in effect unchanged. `reason` is one line. */
  | { outcome: 'rejected'; reason: string }
  /** The engine has a newer generation of it, or the load balancer was removed during the preparation. */
  | { outcome: 'superseded' }

/**
 * The interface through which a node's agent drives what carries its traffic. `lib/node/engine-contract.test.ts` is its contract, and
 * `lib/node/main.ts` chooses the implementation.
 *
 * `activate` and `deactivate` belong to it because address ownership is decided neither here nor by the source of the sockets:
 * today by the supervisor, on several machines by VRRP. A load balancer of a new engine is inactive.
 */
export interface Engine {
  /** Called when the report of a load balancer changes. Set once, before the first `apply`. */
  onChange: (lbId: string, priority: ReportPriority) => void

  /**
   * Puts one load balancer's configuration into effect, as a whole or not at all. Other load balancers, and parts that the change
   * does not name, keep their connections, health, counters and listeners. A port that can't be bound does not reject the
   * configuration: the report says so, and the engine retries.
   * @param appliedAt when this node first applied it, for a last good configuration; omitted for a change
   */
  apply(config: DesiredConfig, appliedAt?: Date): Promise<ApplyResult>

  /** Ends a load balancer. Connections in progress complete. */
  remove(lbId: string): void

  /**
   * Accepts connections on the load balancer's addresses.
   * @param since when the node became the active one
   * @param failoverId the failover that made it the active one
   */
  activate(lbId: string, since: Date, failoverId?: string): void

  /**
   * Listens on the load balancer's addresses without being active: another host owns them, and the network brings new
   * connections here only after a takeover. HTTP clients are sent to the active node with their next response.
   */
  standBy(lbId: string): void

  /** Stops accepting. Connections in progress stay, but HTTP clients are sent to the active node with their next response. */
  deactivate(lbId: string): void

  /** The configurations in effect, by load balancer. */
  known(): Record<string, KnownConfig>

  /** Null for a load balancer without a configuration in effect. */
  report(lbId: string): EngineReport | null

  /** A number that changes with every counter of the report, and costs less than the report; 0 for an unknown load balancer. */
  activity(lbId: string): number

  /** Checks each server of an unsaved backend once, and keeps no result. Servers that could not be checked are left out. */
  checkDraft(draft: DesiredDraft): Promise<CheckReport>

  /** Releases all addresses immediately. Resolves when no connection is in progress. */
  drain(): Promise<void>

  /** Closes the connections that are still in progress. Resolves when nothing is left to write. */
  shutDown(): Promise<void>
}
