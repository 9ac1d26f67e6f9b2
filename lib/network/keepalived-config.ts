import type { Clocks } from './clocks.ts'
import { carriersOf, type LocalCarrier, type LocalPair } from './pairs.ts'
import type { RunFiles } from './run-files.ts'

/**
 * keepalived's configuration for one pair. It decides who owns a carrier and nothing else: HA IPs are the helper's.
 *
 * Each instance has an address because VRRP needs one: on the loopback interface, from the loopback network, so that it's nowhere
 * on the wire. `min_ttl` refuses adverts from beyond a router, and from others than the peer. `vrrp_rlimit_rttime`: the default kills keepalived when it's delayed by bulk changes of addresses.
 */
export function keepalivedConfig(
  pair: LocalPair,
  device: string,
  clocks: Clocks,
  files: RunFiles,
): string {
  return `global_defs {
  router_id fairlead_${pair.number}
  vrrp_version 3
  vrrp_min_garp true
  vrrp_skip_check_adv_addr
  vrrp_rt_priority 50
  vrrp_rlimit_rttime 3000000
  vrrp_no_swap
  vrrp_netlink_monitor_rcv_bufs 4194304
  vrrp_netlink_monitor_rcv_bufs_force true
  vrrp_notify_fifo ${files.notifyFifo}
}
track_file health {
  file ${files.health}
  weight 0
}
${carriersOf(pair)
  .map((carrier) => instanceConfig(carrier, device, clocks, files))
  .join('')}`
}

function instanceConfig(
  { vrid, priority, ownAddress, peerAddress }: LocalCarrier,
  device: string,
  { advertMs }: Clocks,
  files: RunFiles,
): string {
  return `track_file given_up_${vrid} {
  file ${files.givenUp(vrid)}
  weight 0
}
vrrp_instance ${instanceName(vrid)} {
  state BACKUP
  nopreempt
  interface ${device}
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int ${advertMs / 1000}
  unicast_src_ip ${ownAddress}
  unicast_peer {
    ${peerAddress} min_ttl 255
  }
  virtual_ipaddress {
    127.86.82.${vrid}/32 dev lo
  }
  track_file {
    health
    given_up_${vrid}
  }
}
`
}

/** The name of a carrier's instance in what keepalived writes to the FIFO. */
function instanceName(vrid: number): string {
  return `carrier_${vrid}`
}

/** What keepalived says in its FIFO about an instance. */
export type Notification = {
  vrid: number
  /** `announce`: it stays the owner, and another had announced itself. */
  state: 'owner' | 'backup' | 'fault' | 'announce'
}

const STATES: Record<string, Notification['state']> = {
  MASTER: 'owner',
  MASTER_RX_LOWER_PRI: 'announce',
  BACKUP: 'backup',
  FAULT: 'fault',
  STOP: 'fault',
}

/** A line of the notify FIFO; null for other lines. */
export function parseNotification(line: string): Notification | null {
  const [, vrid, name = ''] = /^INSTANCE "carrier_(\d+)" (\w+)/.exec(line) ?? []
  const state = STATES[name]
  return vrid && state ? { vrid: Number(vrid), state } : null
}
