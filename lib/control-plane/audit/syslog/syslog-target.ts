import { readFileSync } from 'node:fs'
import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'

type Receiver = NonNullable<ControlPlaneSettings['audit']['syslog']>

/** The syslog receiver of the audit log. */
export type SyslogTarget = Omit<Receiver, 'caFile'> & {
  /** PEM certificates to trust instead of the default ones; null for the default. */
  ca: string | null
}

/** @throws Error with a one-line message if the file of certificates can't be read */
export function syslogTarget({ caFile, ...receiver }: Receiver): SyslogTarget {
  return { ...receiver, ca: caFile === null ? null : readCertificates(caFile) }
}

/** Reads the file that `FAIRLEAD_AUDIT_SYSLOG_CA` names. @throws Error with a one-line message */
export function readCertificates(file: string): string {
  const pem = readOrNull(file)
  if (pem?.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw new Error(
    'FAIRLEAD_AUDIT_SYSLOG_CA must be a file with PEM certificates that Fairlead may read.',
  )
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
