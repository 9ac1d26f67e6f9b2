import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { readSyslog } from './syslog.ts'

const read = (text: string, ca?: string) =>
  readSyslog({ FAIRLEAD_AUDIT_SYSLOG: text, FAIRLEAD_AUDIT_SYSLOG_CA: ca })

test.each([
  ['udp://10.0.0.5', 'udp', '10.0.0.5', 514],
  ['tcp://logs.example.com:601', 'tcp', 'logs.example.com', 601],
  ['tls://logs.example.com', 'tls', 'logs.example.com', 6514],
  ['tls://[2001:db8::7]:6515/', 'tls', '2001:db8::7', 6515],
])('%s is %s to %s port %d', (text, transport, host, port) => {
  expect(read(text)).toEqual({ transport, host, port, caFile: null })
})

test('there is no receiver without the setting', () => {
  expect(readSyslog({})).toBeNull()
  expect(readSyslog({ FAIRLEAD_AUDIT_SYSLOG: '' })).toBeNull()
})

test.each([
  '10.0.0.5',
  'http://10.0.0.5',
  'tcp://',
  'tcp:10.0.0.5',
  'tcp://10.0.0.5/path',
  'tcp://10.0.0.5?x=1',
  'tcp://ada:secret@10.0.0.5',
  'tcp://10.0.0.5:70000',
])('%s is refused with a one-line error', (text) => {
  expect(() => read(text)).toThrow(
    /^FAIRLEAD_AUDIT_SYSLOG must be the address .* For example: tls:.*$/,
  )
})

test('a file of certificates requires TLS and must contain certificates', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-syslog-'))
  const file = join(directory, 'ca.pem')
  expect(() => read('tls://logs', file)).toThrow(/^FAIRLEAD_AUDIT_SYSLOG_CA must be a file/)
  writeFileSync(file, 'no certificate')
  expect(() => read('tls://logs', file)).toThrow(/^FAIRLEAD_AUDIT_SYSLOG_CA must be a file/)
  writeFileSync(file, TEST_CERTIFICATE.cert)
  expect(read('tls://logs', file)?.caFile).toBe(file)
  expect(() => read('tcp://logs', file)).toThrow(/is for FAIRLEAD_AUDIT_SYSLOG=tls/)
  expect(() => read('', file)).toThrow(/set both or none/)
  rmSync(directory, { recursive: true })
})
