import { createHash } from 'node:crypto'
import { type Clocks, outrankedMs } from './clocks.ts'
import type { LocalCarrier } from './pairs.ts'

/**
 * The fence: an nftables table of the netdev family on one interface. It drops ARP and IP for an HA IP unless this host owns
 * the address's carrier, which the kernel sees by itself: this host's own adverts left within the lease, and none of a higher
 * priority is heard. So a host whose keepalived was killed or stopped is silent before the other takes over.
 *
 * A carrier is the packet mark that equals its VRID.
 */
export const FENCE_TABLE = 'netdev fairlead'

/**
 * Sends a copy of each advert of this host through the loopback interface, where the fence sees it. On the other interface it
 * would not: what is for a peer that is dead, and so doesn't answer ARP, never gets there.
 */
const COPY_TABLE = 'ip fairlead'
const COPY_CHAIN = 'copy { type filter hook output priority 0; policy accept; }'

/** The chains without which the fence is open, or closed for ever. The kernel removes those of an interface with it. */
export const HOOKED_CHAINS = [
  `${FENCE_TABLE} ingress`,
  `${FENCE_TABLE} egress`,
  `${FENCE_TABLE} sent`,
  `${COPY_TABLE} copy`,
]
const COPY_RULE = 'ip protocol 112 dup to 127.0.0.1 device "lo"'

/** How long connections in progress stay on the former owner after a switchover. */
export const KEPT = '1h'
/** How long the time of an advert is remembered. Milliseconds. */
export const HEARD_MS = 60_000
const FOREIGN = '10s'

/** The protocol number of VRRP. Its header: version and type, VRID, priority, … (RFC 5798 section 5.1). */
const VRRP = 'ip protocol 112'
const VRID = '@th,8,8'
const PRIORITY = '@th,16,8'
const IS_SYN = 'tcp flags & (fin|syn|rst|ack) == syn'
const FLOW = 'ip saddr . tcp sport . ip daddr . tcp dport'
const FLOWS = `typeof ${FLOW}; flags dynamic,timeout; size 1000000;`
/** So long a connection may go without a packet after its client has closed its direction. */
const ENDING = '60s'
/**
 * How long the owner leaves ARP to the other host after that announced the address, unless it announces it itself. Within this it's
 * told to leave the address for good.
 */
export const CEDED = '30s'
/** So long a connection may take until its second packet, which a flood of SYNs never sends. */
const HANDSHAKE = '10s'

const SETS = [
  // Whose adverts left this host within the lease.
  'set alive { type mark; flags dynamic,timeout; }',
  // When the first advert left after none had within a lease.
  'set opened { type mark; flags dynamic,timeout; }',
  // Whose adverts arrive from the peer.
  'set peer_alive { type mark; flags dynamic,timeout; }',
  // Of which a higher priority is heard.
  'set outranked { type mark; flags dynamic,timeout; }',
  'set heard { type mark; flags dynamic,timeout; }',
  'set foreign { type mark . ipv4_addr; flags dynamic,timeout; size 1000; }',
  'map carrier { type ipv4_addr : mark; }',
  // The other host of a switchover.
  'map via { type ipv4_addr : ether_addr; }',
  'set peers { type ether_addr; flags dynamic,timeout; size 1000; }',
  'set arriving { type ipv4_addr; flags timeout; }',
  'set leaving { type ipv4_addr; flags timeout; }',
  // Of those, the ones whose new owner is in no pair with this host.
  'set elsewhere { type ipv4_addr; flags timeout; }',
  // Addresses all of whose connections on this host are in `mine`.
  'set tracked { type ipv4_addr; flags timeout; }',
  // Addresses with more connections than `mine` has room for.
  'set overflow { type ipv4_addr; flags dynamic,timeout; size 65535; }',
  `set mine { ${FLOWS} }`,
  // Connections of `mine` whose client has closed its direction.
  `set ending { ${FLOWS} }`,
  // Connections that began before the first switchover, and sent a packet since.
  `set kept { ${FLOWS} }`,
  `set handed { ${FLOWS} }`,
  // Addresses without a carrier that another host is about to announce.
  'set expected { type ipv4_addr; flags timeout; }',
  // Addresses that the other host has announced.
  'set ceded { type ipv4_addr; flags dynamic,timeout; size 65535; }',
]

/** Chains in an order in which each refers to earlier ones. */
function chains(device: string, mac: string): [name: string, rules: string[]][] {
  return [
    ['adverts_out', []],
    ['adverts_in', []],
    ['gate', ['meta mark != @alive drop', 'meta mark @outranked drop', 'meta mark set 0x0']],
    [
      // Its own MAC as the source, or the switch would learn the client's at this port.
      'to_peer',
      [`ether saddr set ${mac} ether daddr set ip daddr map @via fwd to "${device}"`],
    ],
    [
      // The owner since a switchover: packets that it doesn't know belong to connections that the other host keeps.
      'arrive',
      [
        'ip protocol != tcp accept',
        `${IS_SYN} update @mine { ${FLOW} timeout ${HANDSHAKE} } accept`,
        `${IS_SYN} update @overflow { ip daddr timeout ${KEPT} } accept`,
        `tcp flags & rst == rst ${FLOW} @mine delete @mine { ${FLOW} } accept`,
        `tcp flags & fin == fin ${FLOW} @mine update @ending { ${FLOW} timeout ${ENDING} } delete @mine { ${FLOW} } accept`,
        `${FLOW} @mine update @mine { ${FLOW} timeout ${KEPT} } accept`,
        `${FLOW} @ending update @ending { ${FLOW} timeout ${ENDING} } accept`,
        `${FLOW} @kept update @kept { ${FLOW} timeout ${KEPT} } accept`,
        // The other host doesn't know it either.
        'ether saddr @peers accept',
        'ip daddr @overflow accept',
        'jump to_peer',
      ],
    ],
    [
      // Only to an owner, which never sends it back: else both hosts would send it to each other for ever.
      'hand_on',
      [
        'ip daddr != @elsewhere meta mark != @peer_alive drop',
        `${FLOW} @handed update @handed { ${FLOW} timeout 5m }`,
        `${IS_SYN} update @handed { ${FLOW} timeout ${HANDSHAKE} }`,
        'jump to_peer',
      ],
    ],
    [
      // The former owner: keeps its connections, and hands on new ones that still reach it.
      'leave',
      [
        'ip protocol != tcp drop',
        `${IS_SYN} goto hand_on`,
        `${FLOW} @handed goto hand_on`,
        `${FLOW} @mine update @mine { ${FLOW} timeout ${KEPT} } meta mark set 0x0 accept`,
        `${FLOW} @ending meta mark set 0x0 accept`,
        // It isn't this host's: the owner has had the address before, and keeps that connection.
        'ip daddr @tracked goto hand_on',
        `update @kept { ${FLOW} timeout ${KEPT} } meta mark set 0x0 accept`,
        'meta mark set 0x0 accept',
      ],
    ],
    ['owner', ['meta mark set 0x0', 'ip daddr @arriving jump arrive', 'accept']],
    ['standby', ['ip daddr @leaving jump leave', 'drop']],
    [
      'fenced',
      ['meta mark @outranked goto standby', 'meta mark @alive goto owner', 'goto standby'],
    ],
    [
      `egress { type filter hook egress device "${device}" priority 0; policy accept; }`,
      [
        'meta mark set arp saddr ip map @carrier jump gate',
        'arp saddr ip @ceded delete @ceded { arp saddr ip }',
      ],
    ],
    [
      `sent { type filter hook egress device "lo" priority 0; policy accept; }`,
      [`${VRRP} jump adverts_out`, `${VRRP} drop`],
    ],
    [
      `ingress { type filter hook ingress device "${device}" priority 0; policy accept; }`,
      [
        `${VRRP} jump adverts_in`,
        'meta mark set ip daddr map @carrier jump fenced',
        // On no carrier.
        'ip daddr @arriving jump arrive',
        `ether saddr @peers arp saddr ip @expected update @ceded { arp saddr ip timeout ${CEDED} }`,
        `ether saddr @peers meta mark set arp saddr ip map @carrier update @ceded { arp saddr ip timeout ${CEDED} } meta mark set 0x0`,
        'arp operation request arp daddr ip @ceded drop',
        'arp operation request meta mark set arp daddr ip map @carrier jump gate',
      ],
    ],
  ]
}

/** A chain without rules whose name says which ruleset was loaded, with which values. */
export function layoutChain(device: string, mac: string, clocks: Clocks): string {
  const ruleset = JSON.stringify([SETS, chains(device, mac), COPY_RULE, clocks, HEARD_MS])
  return `layout_${createHash('sha256').update(ruleset).digest('hex').slice(0, 16)}`
}

/** The commands of one transaction that replaces the table by an empty one: no pairs, no addresses. */
export function tableCommands(device: string, mac: string, clocks: Clocks): string[] {
  const commands = [
    ...removeCommands(),
    `add table ${COPY_TABLE}`,
    `add chain ${COPY_TABLE} ${COPY_CHAIN}`,
    `add rule ${COPY_TABLE} copy ${COPY_RULE}`,
    `add table ${FENCE_TABLE}`,
    `add chain ${FENCE_TABLE} ${layoutChain(device, mac, clocks)}`,
    ...SETS.map((set) => {
      const [kind = '', ...rest] = set.split(' ')
      return `add ${kind} ${FENCE_TABLE} ${rest.join(' ')}`
    }),
  ]
  for (const [chain, rules] of chains(device, mac)) {
    commands.push(`add chain ${FENCE_TABLE} ${chain}`)
    const name = chain.split(' ')[0]
    commands.push(...rules.map((rule) => `add rule ${FENCE_TABLE} ${name} ${rule}`))
  }
  return commands
}

/** The commands that remove the tables, whether they're there or not: one that isn't can't be deleted. */
export function removeCommands(): string[] {
  return [FENCE_TABLE, COPY_TABLE].flatMap((table) => [
    `add table ${table}`,
    `delete table ${table}`,
  ])
}

/** The commands that replace the rules about adverts by those of these carriers. */
export function advertCommands(carriers: readonly LocalCarrier[], clocks: Clocks): string[] {
  return [
    `flush chain ${FENCE_TABLE} adverts_out`,
    `flush chain ${FENCE_TABLE} adverts_in`,
    ...carriers.flatMap((carrier) => [
      ...advertsOut(carrier, clocks).map((rule) => `add rule ${FENCE_TABLE} adverts_out ${rule}`),
      ...advertsIn(carrier, clocks).map((rule) => `add rule ${FENCE_TABLE} adverts_in ${rule}`),
    ]),
  ]
}

function advertsOut({ vrid, ownAddress, peerAddress }: LocalCarrier, clocks: Clocks): string[] {
  const advert = `${VRID} ${vrid} meta mark set ${vrid}`
  const own = `ip saddr ${ownAddress} ip daddr ${peerAddress}`
  return [
    // Priority 0: this host gives the carrier up, and the peer takes over at once.
    `${own} ${advert} ${PRIORITY} 0 delete @alive { meta mark } meta mark set 0x0 accept`,
    `${own} ${advert} meta mark != @alive update @opened { meta mark timeout ${HEARD_MS}ms }`,
    `${own} ${advert} update @alive { meta mark timeout ${clocks.leaseMs}ms } meta mark set 0x0 accept`,
    `${advert} update @foreign { meta mark . ip saddr timeout ${FOREIGN} } meta mark set 0x0`,
  ]
}

function advertsIn(carrier: LocalCarrier, clocks: Clocks): string[] {
  const { vrid, priority, ownAddress, peerAddress } = carrier
  const advert = `${VRID} ${vrid} meta mark set ${vrid}`
  // A router would have lowered the TTL.
  const peers = `ip saddr ${peerAddress} ip daddr ${ownAddress} ip ttl 255 ${advert}`
  return [
    `${peers} update @heard { meta mark timeout ${HEARD_MS}ms }`,
    `${peers} update @peers { ether saddr timeout ${KEPT} }`,
    `${peers} ${PRIORITY} 0 delete @outranked { meta mark } delete @peer_alive { meta mark } meta mark set 0x0 accept`,
    `${peers} update @peer_alive { meta mark timeout ${clocks.leaseMs}ms }`,
    `${peers} ${PRIORITY} > ${priority} update @outranked { meta mark timeout ${outrankedMs(clocks)}ms } meta mark set 0x0 accept`,
    // keepalived would yield to another router's higher priority.
    `ip saddr != ${peerAddress} ${advert} update @foreign { meta mark . ip saddr timeout ${FOREIGN} } drop`,
    'meta mark set 0x0',
  ]
}
