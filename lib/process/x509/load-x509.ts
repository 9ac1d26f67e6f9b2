import { webcrypto } from 'node:crypto'

export type X509 = typeof import('@peculiar/x509')

/** ECDSA on P-256 with SHA-256: the keys and signatures of all certificates that Fairlead makes. */
export const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

let loading: Promise<X509> | null = null

/** Loads the X.509 library at its first use: it takes 80 ms and 21 MiB, which a machine by itself never needs. */
export function loadX509(): Promise<X509> {
  loading ??= load()
  return loading
}

async function load(): Promise<X509> {
  // The library's dependency injection reads metadata of classes.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto as Crypto)
  return x509
}
