import { createPrivateKey, randomBytes } from 'node:crypto'
import { KEY_ALGORITHM, loadX509, type X509 } from '#lib/process/x509/load-x509.ts'
import { generateKeys, privateKeyPem } from '#lib/process/x509/signing-request.ts'
import { NODE_CERTIFICATE_DAYS, pinOf, SERVER_NAME } from '#lib/protocol/join.ts'
import { invalidField } from '../../errors.ts'
import { sealedSetting } from '../../store/installation-identity.ts'
import type { Store } from '../../store/store.ts'
import { nodeUri } from './node-certificate.ts'

const DAY_MS = 24 * 60 * 60_000
const CA_DAYS = 10 * 365
/** Certificates are backdated, because hosts' clocks differ. */
const BACKDATED_MS = 60 * 60_000

type Validity = { notBefore: Date; notAfter: Date }
/** The node listener's certificate and private key, PEM. */
export type ServerCertificate = { key: string; certificate: string; expiresAt: Date }
/** A node's certificate, PEM. */
export type NodeCertificate = { certificate: string; expiresAt: Date }

/** The authority's private key and certificate in the store, PEM. */
type Stored = { key: string; certificate: string }

/** The installation's certificate authority. Issues certificates to joined nodes, and to the listener that they connect to. */
export class CertificateAuthority {
  readonly #x509: X509
  readonly #key: CryptoKey
  readonly #certificate: InstanceType<X509['X509Certificate']>
  /** Its own certificate, PEM. */
  readonly pem: string
  /** The pin of its own certificate, which join tokens carry. */
  readonly pin: string

  private constructor(x509: X509, key: CryptoKey, pem: string) {
    this.#x509 = x509
    this.#key = key
    this.#certificate = new x509.X509Certificate(pem)
    this.pem = pem
    this.pin = pinOf(new Uint8Array(this.#certificate.rawData))
  }

  /** Reads the authority from the store, or creates it there. */
  static async open(store: Store): Promise<CertificateAuthority> {
    const x509 = await loadX509()
    const stored = await sealedSetting(store, 'node_ca', async () =>
      JSON.stringify(await createAuthority(x509)),
    )
    const { key, certificate } = JSON.parse(stored) as Stored
    return new CertificateAuthority(x509, await signingKey(key), certificate)
  }

  /** Issues a certificate to the node listener, with a new key. @param days how long it is valid */
  async certifyServer(days: number): Promise<ServerCertificate> {
    const { SubjectAlternativeNameExtension, ExtendedKeyUsage } = this.#x509
    const keys = await generateKeys()
    const validity = validFor(days)
    const certificate = await this.#certify(
      keys.publicKey,
      validity,
      SERVER_NAME,
      new SubjectAlternativeNameExtension([{ type: 'dns', value: SERVER_NAME }]),
      ExtendedKeyUsage.serverAuth,
    )
    return { key: await privateKeyPem(keys), certificate, expiresAt: validity.notAfter }
  }

  /**
   * Issues a certificate to a node, for the key in its signing request. Ignores the request's subject.
   * @param csr PKCS #10, PEM
   * @throws ApiError 400 unless it is a request for a P-256 key, signed with that key
   */
  async certifyNode(
    node: { id: string; name: string },
    csr: string,
    days = NODE_CERTIFICATE_DAYS,
  ): Promise<NodeCertificate> {
    const { SubjectAlternativeNameExtension, ExtendedKeyUsage } = this.#x509
    const validity = validFor(days)
    const certificate = await this.#certify(
      await this.#requestedKey(csr),
      validity,
      node.name,
      new SubjectAlternativeNameExtension([{ type: 'url', value: nodeUri(node.id) }]),
      ExtendedKeyUsage.clientAuth,
    )
    return { certificate, expiresAt: validity.notAfter }
  }

  async #requestedKey(csr: string): Promise<CryptoKey> {
    try {
      const request = new this.#x509.Pkcs10CertificateRequest(csr)
      const { name, namedCurve } = request.publicKey.algorithm as EcKeyAlgorithm
      if (name === KEY_ALGORITHM.name && namedCurve === KEY_ALGORITHM.namedCurve) {
        if (await request.verify()) return await request.publicKey.export()
      }
    } catch {
      // Not a PKCS #10 request.
    }
    throw invalidField('csr', 'The certificate signing request must be PKCS #10 with a P-256 key.')
  }

  async #certify(
    publicKey: CryptoKey,
    validity: Validity,
    commonName: string,
    names: InstanceType<X509['SubjectAlternativeNameExtension']>,
    usage: string,
  ): Promise<string> {
    const x509 = this.#x509
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [commonName] }],
      issuer: this.#certificate.subjectName,
      ...validity,
      publicKey,
      signingKey: this.#key,
      signingAlgorithm: KEY_ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
        names,
      ],
    })
    return `${certificate.toString('pem')}\n`
  }
}

async function createAuthority(x509: X509): Promise<Stored> {
  const keys = await generateKeys()
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: ['Fairlead nodes'] }],
    ...validFor(CA_DAYS),
    signingAlgorithm: KEY_ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { key: await privateKeyPem(keys), certificate: `${certificate.toString('pem')}\n` }
}

async function signingKey(pem: string): Promise<CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })
  return crypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign'])
}

/** In whole seconds, because certificates have no fractions. */
function validFor(days: number): Validity {
  const now = Math.floor(Date.now() / 1000) * 1000
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + days * DAY_MS) }
}

/** 127 bits as hex. A first byte from 0x40 to 0x7f makes a positive DER integer without leading zeros. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}
