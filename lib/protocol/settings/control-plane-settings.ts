import * as z from 'zod'
import { Region } from '#lib/core/locality.ts'
import { EgressPolicy, Range } from '../egress-policy.ts'
import { AddressNetwork } from '../join.ts'
import { NodeRegistration } from '../node-registration.ts'
import { DatabaseAddress } from './database-address.ts'
import { Network } from './network.ts'

/** The addresses of a region's highly available IPs. Addresses are numbers: 127.51.0.1 is 0x7f330001. */
export const Pool = z.object({
  /** As the operator wrote it: "127.51.0.0/24", "10.99.1.0/24@eth0". */
  text: z.string(),
  ranges: z.array(Range),
  /** Its networks whose addresses hosts have on an interface; the control plane's machine answers for the others already. */
  networks: z.array(AddressNetwork),
})
export type Pool = z.output<typeof Pool>

/** How long, and how many, lines of the audit log are kept. */
const Retention = z.object({
  /** Days; 0 for ever. */
  days: z.object({ logins: z.int(), denials: z.int(), anonymous: z.int(), changes: z.int() }),
  /** The maximum number of lines. Changes have none, or one caller could evict the changes of others. */
  lines: z.object({ logins: z.int(), denials: z.int(), anonymous: z.int() }),
})

/** The syslog receiver of the audit log. */
const SyslogReceiver = z.object({
  transport: z.enum(['udp', 'tcp', 'tls']),
  /** A name or an address, without brackets. */
  host: z.string(),
  port: z.int(),
  /** A file with PEM certificates to trust instead of the default ones; null for the default. */
  caFile: z.string().nullable(),
})

/** Where nodes of other machines connect. */
export const NodeAddress = z.object({
  /** An address or a host name, without brackets. */
  host: z.string().min(1),
  /** 0 for any free port. */
  port: z.int().min(0).max(65535),
})
export type NodeAddress = z.output<typeof NodeAddress>

/** The settings of the control plane's process. */
export const ControlPlaneSettings = z.object({
  /** The address or host name to listen on. */
  host: z.string().min(1),
  /** 0 for any free port. */
  port: z.int().min(0).max(65535),
  /** The store's database file, unless `database` is set. Other files of the control plane are beside it. */
  databaseFile: z.string().min(1),
  /** The PostgreSQL database with the store; null if it is a file. */
  database: DatabaseAddress.nullable(),
  /** The key that encrypts the database's secrets. */
  keyFile: z.string().min(1),
  pools: z.record(Region, Pool),
  /** The first account, created if there is none. */
  admin: z.object({ email: z.string(), password: z.string() }).nullable(),
  /** An API token, created if it is absent. */
  credentials: z.object({ accessKey: z.string(), secretKey: z.string() }).nullable(),
  /** The rate limit of an account or a token; null for none. */
  requestRate: z.object({ perSecond: z.number(), burst: z.number() }).nullable(),
  /** Null if all nodes are on this machine. */
  nodeAddress: NodeAddress.nullable(),
  /** Whether the supervisor runs nodes on this machine. Otherwise load balancers are on joined hosts only. */
  hasLocalNodes: z.boolean(),
  /** How long a host may be lost before its load balancers get another backup, milliseconds; null for ever. */
  replaceBackupAfterMs: z.number().nullable(),
  /** How long the host of a master has to be back before its load balancers return to it; null for never. Milliseconds. */
  failbackMs: z.number().nullable(),
  /** The nodes that the supervisor runs when the control plane starts. */
  nodes: z.array(NodeRegistration),
  /** The secret with which the console proves that it is the console; null without a console. */
  bffSecret: z.string().min(1).nullable(),
  trustedProxies: z.array(Network).readonly(),
  /** The public origin of the console; null if not set. */
  publicOrigin: z.string().nullable(),
  /** Further hosts that the API answers for, normalized. */
  allowedHosts: z.array(z.string()),
  /** The mail server, "smtp://user:password@mail.example.com:587", and the sender; null if email isn't configured. */
  smtp: z.object({ url: z.string(), from: z.string() }).nullable(),
  egress: EgressPolicy.extend({
    /** The only networks that webhooks may be in; null for any. */
    webhookNetworks: z.array(Network).readonly().nullable(),
  }),
  audit: z.object({ retention: Retention, syslog: SyslogReceiver.nullable() }),
})
export type ControlPlaneSettings = z.output<typeof ControlPlaneSettings>
