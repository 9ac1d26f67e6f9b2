import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { CertificateDetails } from '#lib/core/certificate.ts'

/** An imported certificate: the leaf and the chain that follows it in the file. */
export type PemCertificate = { leaf: X509Certificate; chain: X509Certificate[] }

/** The PEM file can't be used. `message` is a sentence that says why. */
export class PemProblem extends Error {}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g
const DNS = /^DNS:/

/**
 * Parses a PEM file with one private key, its certificate and the chain, in a server's order (RFC 8446 section 4.4.2). An expired
 * certificate is valid here, as in Scaleway's API.
 * @throws PemProblem
 */
export function readPem(pem: string): PemCertificate {
  const blocks = [...pem.matchAll(BLOCK)].map(([text, label]) => ({ text, label: label as string }))
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE')
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (certificates.length === 0) {
    throw new PemProblem(
      'The file contains no certificate: a block that begins with -----BEGIN CERTIFICATE-----.',
    )
  }
  if (keys.length === 0) {
    throw new PemProblem(
      'The private key is missing: a block that begins with -----BEGIN PRIVATE KEY-----.',
    )
  }
  if (keys.length > 1) throw new PemProblem('The file contains more than one private key.')
  const [leaf, ...chain] = certificates.map(({ text }, at) => readCertificate(text, at + 1))
  if (!leaf) throw new PemProblem('The file contains no certificate.')
  if (!leaf.checkPrivateKey(readKey(keys[0]?.text ?? ''))) {
    throw new PemProblem('The private key does not belong to the first certificate in the file.')
  }
  requireOrder([leaf, ...chain])
  if (dnsNames(leaf).length === 0 && commonName(leaf) === '') {
    throw new PemProblem('The certificate contains no domain name.')
  }
  return { leaf, chain }
}

function readCertificate(text: string, position: number): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw new PemProblem(
      `Certificate ${position} in the file can't be parsed. Check that it is complete.`,
    )
  }
}

function readKey(text: string): KeyObject {
  if (text.includes('ENCRYPTED')) {
    throw new PemProblem('The private key is protected by a password. Remove it first.')
  }
  try {
    return createPrivateKey(text)
  } catch {
    throw new PemProblem("The private key can't be parsed. Check that it is complete.")
  }
}

function requireOrder(certificates: X509Certificate[]): void {
  for (const [at, certificate] of certificates.slice(0, -1).entries()) {
    if (certificate.checkIssued(certificates[at + 1] as X509Certificate)) continue
    throw new PemProblem(
      `Certificate ${at + 2} in the file did not issue certificate ${at + 1}. Put the server's certificate first, then its issuers in order.`,
    )
  }
}

/** The DNS names among the subject alternative names. */
export function dnsNames(certificate: X509Certificate): string[] {
  return alternativeNames(certificate)
    .filter((name) => DNS.test(name))
    .map((name) => name.replace(DNS, ''))
}

/** "DNS:…" and "IP Address:…". A name that contains a comma is quoted as JSON. */
function alternativeNames({ subjectAltName }: X509Certificate): string[] {
  const names = subjectAltName?.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g) ?? []
  return names.map((name) => name.trim())
}

/** The subject's common name; "" if it has none. */
export function commonName({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? ''
}

/** The details of a certificate as the API returns them. */
export function detailsOf(id: string, { leaf, chain }: PemCertificate): CertificateDetails {
  const plainHex = (text: string) => text.replaceAll(':', '').toLowerCase()
  return {
    id,
    subject: leaf.subject ?? '',
    issuer: leaf.issuer ?? '',
    serial_number: leaf.serialNumber.toLowerCase(),
    key: keyDescription(leaf.publicKey),
    fingerprint_sha1: plainHex(leaf.fingerprint),
    fingerprint_sha256: plainHex(leaf.fingerprint256),
    names: alternativeNames(leaf),
    chain_length: chain.length,
    problem: validityProblem(leaf),
  }
}

/** Why a certificate isn't valid now; null if it is. */
function validityProblem({ validFromDate: from, validToDate: to }: X509Certificate): string | null {
  if (to.getTime() <= Date.now()) return `It expired on ${dayOf(to)}. Import a new one.`
  return from.getTime() > Date.now() ? `It isn't valid before ${dayOf(from)}.` : null
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10)
}

function keyDescription({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): string {
  if (type === 'rsa') return `RSA, ${details?.modulusLength} bits`
  if (type === 'ec') return `EC, ${details?.namedCurve}`
  return type ?? 'unknown'
}
