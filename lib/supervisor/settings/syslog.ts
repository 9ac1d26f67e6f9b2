import { resolve } from 'node:path'
import { readCertificates } from '#lib/control-plane/audit/syslog/syslog-target.ts'
import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'
import type { Environment } from './environment.ts'

type SyslogReceiver = NonNullable<ControlPlaneSettings['audit']['syslog']>

const NAME = 'FAIRLEAD_AUDIT_SYSLOG'
const CA_NAME = 'FAIRLEAD_AUDIT_SYSLOG_CA'
/** RFC 5426 section 3.3, RFC 6587 section 3.1, RFC 5425 section 4.1. */
const PORTS = { udp: 514, tcp: 514, tls: 6514 }

const HINT = `${NAME} must be the address of a syslog receiver. For example: tls://syslog.example.com:6514, tcp://10.0.0.5:514 or udp://10.0.0.5`

/**
 * Reads `FAIRLEAD_AUDIT_SYSLOG`, "tcp://host:port", and `FAIRLEAD_AUDIT_SYSLOG_CA`, a file; null if not set.
 * @throws Error with a one-line message
 */
export function readSyslog(env: Environment): SyslogReceiver | null {
  const text = env[NAME]
  const caFile = env[CA_NAME] ? resolve(env[CA_NAME]) : null
  if (!text) {
    if (caFile) throw new Error(`${CA_NAME} goes with ${NAME}=tls://…: set both or none.`)
    return null
  }
  const url = URL.canParse(text) ? new URL(text) : null
  const transport = url?.protocol.slice(0, -1) as SyslogReceiver['transport']
  const isPlain = url && url.href.replace(/\/$/, '') === `${url.protocol}//${url.host}`
  if (!url?.hostname || !isPlain || !Object.hasOwn(PORTS, transport)) throw new Error(HINT)
  if (caFile && transport !== 'tls') throw new Error(`${CA_NAME} is for ${NAME}=tls://… only.`)
  // The control plane reads the file at its start, because a variable can't hold a large one.
  if (caFile) readCertificates(caFile)
  return {
    transport,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || PORTS[transport]),
    caFile,
  }
}
