import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { CertificateDetails } from '#lib/core/certificate.ts'

/** A certificate that was imported: the leaf, and those that follow it in the file. */
export type PemCertificate = { leaf: X509Certificate; chain: X509Certificate[] }

/** Why a PEM file can't be a server's certificate, in a person's words. */
export class PemProblem extends Error {}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g
const DNS = /^DNS:/

/**
 * Reads a PEM file with one private key, the certificate that it belongs to, and those that vouch for it, in the order
 * in which a server sends them (RFC 8446 section 4.4.2). It may have expired, as in the real API.
 * @throws PemProblem
 */
export function readPem(pem: string): PemCertificate {
  const blocks = [...pem.matchAll(BLOCK)].map(([text, label]) => ({ text, label: label as string }))
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE')
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (certificates.length === 0) {
    throw new PemProblem(
      'There is no certificate in it: a block that begins with -----BEGIN CERTIFICATE-----.',
    )
  }
  if (keys.length === 0) {
    throw new PemProblem(
      'The private key is missing: a block that begins with -----BEGIN PRIVATE KEY-----.',
    )
  }
  if (keys.length > 1) throw new PemProblem('There is more than one private key in it.')
  const [leaf, ...chain] = certificates.map(({ text }, at) => readCertificate(text, at + 1))
  if (!leaf) throw new PemProblem('There is no certificate in it.')
  if (!leaf.checkPrivateKey(readKey(keys[0]?.text ?? ''))) {
    throw new PemProblem(
      'The private key belongs to another certificate than the first one in the file.',
    )
  }
  requireOrder([leaf, ...chain])
  if (dnsNames(leaf).length === 0 && commonName(leaf) === '') {
    throw new PemProblem('The certificate is for no domain name.')
  }
  return { leaf, chain }
}

function readCertificate(text: string, position: number): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw new PemProblem(`Certificate ${position} in the file can't be read. Is it whole?`)
  }
}

function readKey(text: string): KeyObject {
  if (text.includes('ENCRYPTED')) {
    throw new PemProblem('The private key is protected by a password. Remove it first.')
  }
  try {
    return createPrivateKey(text)
  } catch {
    throw new PemProblem("The private key can't be read. Is it whole?")
  }
}

function requireOrder(certificates: X509Certificate[]): void {
  for (const [at, certificate] of certificates.slice(0, -1).entries()) {
    if (certificate.checkIssued(certificates[at + 1] as X509Certificate)) continue
    throw new PemProblem(
      `Certificate ${at + 2} in the file did not issue certificate ${at + 1}. The server's comes first, then who vouches for it.`,
    )
  }
}

/** The DNS names of the subject alternative names, in their order. */
export function dnsNames(certificate: X509Certificate): string[] {
  return alternativeNames(certificate)
    .filter((name) => DNS.test(name))
    .map((name) => name.replace(DNS, ''))
}

/** "DNS:…" and "IP Address:…". A name that holds a comma is written in quotes, as JSON. */
function alternativeNames({ subjectAltName }: X509Certificate): string[] {
  const names = subjectAltName?.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g) ?? []
  return names.map((name) => name.trim())
}

/** The common name of the subject; "" where it has none. */
export function commonName({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? ''
}

/** What a certificate says of itself. */
export function detailsOf(id: string, { leaf, chain }: PemCertificate): CertificateDetails {
  const plainHex = (text: string) => text.replaceAll(':', '').toLowerCase()
  return {
    id,
    subject: leaf.subject ?? '',
    issuer: leaf.issuer ?? '',
    serial_number: leaf.serialNumber.toLowerCase(),
    key: keyWords(leaf.publicKey),
    fingerprint_sha1: plainHex(leaf.fingerprint),
    fingerprint_sha256: plainHex(leaf.fingerprint256),
    names: alternativeNames(leaf),
    chain_length: chain.length,
    problem: validityProblem(leaf),
  }
}

/** Why a certificate isn't valid at this time; null if it is. */
function validityProblem({ validFromDate: from, validToDate: to }: X509Certificate): string | null {
  if (to.getTime() <= Date.now()) return `It expired on ${dayOf(to)}. Import a new one.`
  return from.getTime() > Date.now() ? `It isn't valid before ${dayOf(from)}.` : null
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10)
}

function keyWords({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (type === 'rsa') return `RSA, ${details?.modulusLength} bits`
  if (type === 'ec') return `EC, ${details?.namedCurve}`
  return type ?? 'unknown'
}
