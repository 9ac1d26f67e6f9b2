import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { syslogTarget, targetName } from './syslog-target.ts'

test('the certificates are read from the file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-syslog-'))
  const caFile = join(directory, 'ca.pem')
  const receiver = { transport: 'tls', host: 'logs', port: 6514 } as const
  expect(syslogTarget({ ...receiver, caFile: null })).toEqual({ ...receiver, ca: null })
  expect(() => syslogTarget({ ...receiver, caFile })).toThrow(
    /^FAIRLEAD_AUDIT_SYSLOG_CA must be a file/,
  )
  writeFileSync(caFile, TEST_CERTIFICATE.cert)
  expect(syslogTarget({ ...receiver, caFile })).toEqual({ ...receiver, ca: TEST_CERTIFICATE.cert })
  rmSync(directory, { recursive: true })
})

test('an IPv6 target is written in brackets', () => {
  expect(targetName({ transport: 'tcp', host: '::1', port: 514, ca: null })).toBe('tcp://[::1]:514')
})
