import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type MadeCertificate,
  makeCertificate,
  makeExpiredCertificate,
} from '#lib/testing/make-certificate.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { commonName, detailsOf, dnsNames, readPem } from './pem-certificate.ts'

describe.skipIf(missingPrograms('openssl'))('a PEM file', () => {
  let root: MadeCertificate
  let leaf: MadeCertificate
  beforeAll(() => {
    root = makeCertificate({ subject: '/CN=root', names: '' })
    leaf = makeCertificate({
      subject: '/C=FR/O=A "company", Ltd/CN=www.example.com',
      names: 'DNS:a.example,IP:10.0.0.1,DNS:b.example',
      issuer: root,
    })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('can have its key before, between or after the certificates', () => {
    const orders = [
      leaf.key + leaf.certificate + root.certificate,
      leaf.certificate + leaf.key + root.certificate,
      `${leaf.certificate}text between the blocks\n${root.certificate}${leaf.key}`,
    ]
    for (const pem of orders) {
      const read = readPem(pem)
      expect(dnsNames(read.leaf)).toEqual(['a.example', 'b.example'])
      expect(commonName(read.leaf)).toBe('www.example.com')
      expect(read.chain).toHaveLength(1)
    }
  })

  test('has details', () => {
    const details = detailsOf('id', readPem(leaf.certificate + leaf.key + root.certificate))
    expect(details).toMatchObject({
      id: 'id',
      key: 'EC, prime256v1',
      names: ['DNS:a.example', 'IP Address:10.0.0.1', 'DNS:b.example'],
      chain_length: 1,
      fingerprint_sha1: expect.stringMatching(/^[0-9a-f]{40}$/),
      fingerprint_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(details.issuer).toBe('CN=root')
    expect(details.subject).toContain('CN=www.example.com')
  })

  test.each<[string, () => string]>([
    ['contains no certificate', () => leaf.key],
    ['The private key is missing', () => leaf.certificate],
    ['more than one private key', () => leaf.certificate + leaf.key + root.key],
    ['does not belong to the first certificate', () => root.certificate + leaf.key],
    [
      'Certificate 2 in the file did not issue certificate 1',
      () => leaf.key + leaf.certificate + leaf.certificate,
    ],
    [
      "Certificate 1 in the file can't be parsed",
      () => leaf.key + leaf.certificate.replace('MII', 'MIX'),
    ],
    ["private key can't be parsed", () => leaf.certificate + leaf.key.replace('MIG', 'MIX')],
    [
      'protected by a password',
      () => leaf.certificate + leaf.key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'),
    ],
    ['contains no certificate', () => ''],
  ])('is rejected: %s', (message, pem) => {
    expect(() => readPem(pem())).toThrow(message)
  })

  test('has the problem "expired" or "not valid before" in its details', () => {
    const problem = ({ certificate, key }: MadeCertificate) =>
      detailsOf('id', readPem(certificate + key)).problem
    expect(problem(makeExpiredCertificate())).toBe('It expired on 2023-11-14. Import a new one.')
    expect(problem(leaf)).toBeNull()
    vi.setSystemTime(Date.now() - 2 * 86_400_000)
    expect(problem(leaf)).toMatch(/^It isn't valid before \d{4}-\d\d-\d\d\.$/)
  })

  test('is rejected without a name', () => {
    const nameless = makeCertificate({ subject: '/O=nobody', names: 'IP:10.0.0.1' })
    expect(() => readPem(nameless.certificate + nameless.key)).toThrow('contains no domain name')
  })
})
