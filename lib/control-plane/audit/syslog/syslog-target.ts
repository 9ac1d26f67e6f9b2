import { readFileSync } from 'node:fs'

/** The syslog receiver of the audit log. */
export type SyslogTarget = {
  transport: 'udp' | 'tcp' | 'tls'
  /** A name or an address, without brackets. */
  host: string
  port: number
  /** PEM certificates to trust instead of the default ones; null for the default. */
  ca: string | null
}

const NAME = 'FAIRLEAD_AUDIT_SYSLOG'
const CA_NAME = 'FAIRLEAD_AUDIT_SYSLOG_CA'
/** RFC 5426 section 3.3, RFC 6587 section 3.1, RFC 5425 section 4.1. */
const PORTS = { udp: 514, tcp: 514, tls: 6514 }

const HINT = `${NAME} must be the address of a syslog receiver. For example: tls://syslog.example.com:6514, tcp://10.0.0.5:514 or udp://10.0.0.5`

/**
 * Parses `FAIRLEAD_AUDIT_SYSLOG`, "tcp://host:port", and `FAIRLEAD_AUDIT_SYSLOG_CA`, a file; null if not set.
 * @throws Error in one line.
 */
export function readSyslogTarget(
  env: Readonly<Record<string, string | undefined>>,
): SyslogTarget | null {
  const text = env[NAME]
  const file = env[CA_NAME] || null
  if (!text) {
    if (file) throw new Error(`${CA_NAME} goes with ${NAME}=tls://…: set both or none.`)
    return null
  }
  const url = URL.canParse(text) ? new URL(text) : null
  const transport = url?.protocol.slice(0, -1) as SyslogTarget['transport']
  const isPlain = url && url.href.replace(/\/$/, '') === `${url.protocol}//${url.host}`
  if (!url?.hostname || !isPlain || !Object.hasOwn(PORTS, transport)) throw new Error(HINT)
  if (file && transport !== 'tls') throw new Error(`${CA_NAME} is for ${NAME}=tls://… only.`)
  return {
    transport,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || PORTS[transport]),
    ca: file && readCertificates(file),
  }
}

function readCertificates(file: string): string {
  const pem = readOrNull(file)
  if (pem?.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw new Error(`${CA_NAME} must be a file with PEM certificates that Fairlead may read.`)
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/** "tcp://10.0.0.5:514", for logs. */
export function targetName({ transport, host, port }: SyslogTarget): string {
  return `${transport}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
