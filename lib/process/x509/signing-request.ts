import { createPrivateKey } from 'node:crypto'
import { KEY_ALGORITHM, loadX509 } from './load-x509.ts'

/** Both PEM: a private key (PKCS #8), and the request to certify it (PKCS #10). */
export type SigningRequest = { key: string; csr: string }

/** Creates a key pair, and the request for a certificate of its public key. */
export async function createSigningRequest(commonName: string): Promise<SigningRequest> {
  const x509 = await loadX509()
  const keys = await generateKeys()
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: KEY_ALGORITHM,
  })
  return { key: await privateKeyPem(keys), csr: request.toString('pem') }
}

export function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify'])
}

/** The private key, PEM (PKCS #8). */
export async function privateKeyPem({ privateKey }: CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey))
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return key.export({ format: 'pem', type: 'pkcs8' }) as string
}
