import { expect, test } from 'vitest'
import { tlsOptions } from './tls-options.ts'

/** The SNI, and whether a certificate for any name is accepted. */
function settingsOf(server_name: string | null) {
  const { servername = null, checkServerIdentity } = tlsOptions({ verify: false, server_name })
  const error = checkServerIdentity?.('anything', {} as never)
  return [servername, checkServerIdentity === undefined ? 'by name' : (error ?? 'any')]
}

test.each([
  ['shop.test', 'shop.test'],
  ['Shop.TEST.', 'shop.test'],
  ['shop.test:8443', 'shop.test'],
  ['bücher.example', 'xn--bcher-kva.example'],
])('%s: SNI is %s, and the certificate must match', (name, sni) => {
  expect(settingsOf(name)).toEqual([sni, 'by name'])
})

test.each([null, '', '10.0.0.1', '10.0.0.1:443', '::1', '[2001:db8::1]:443'])(
  '%s: no SNI, and a certificate for any name is accepted',
  (name) => {
    expect(settingsOf(name)).toEqual([null, 'any'])
  },
)

test.each(['a b', '*.test', 'a\r\nb', `${'a'.repeat(64)}.test`])(
  'no certificate matches %j',
  (name) => {
    expect(settingsOf(name)).toEqual([
      null,
      expect.objectContaining({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    ])
  },
)
