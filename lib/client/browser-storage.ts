import { ownName } from '#lib/core/own-name.ts'

/** The name with this installation's ID: browsers share storage between all ports of a host. */
const installationName = (name: string) =>
  ownName(name, document.documentElement.dataset.installation ?? '')

/** `tab` lasts as long as the tab, `browser` until it is deleted. */
export type StorageScope = 'tab' | 'browser'

const storageOf = (scope: StorageScope) => (scope === 'tab' ? sessionStorage : localStorage)

/** A text that this installation's console stored; null if there is none or the browser forbids storage. */
export function readStored(scope: StorageScope, name: string): string | null {
  try {
    return storageOf(scope).getItem(installationName(name))
  } catch {
    return null
  }
}

/** Stores a text, or deletes it (null). Does nothing if storage is full or forbidden. */
export function store(scope: StorageScope, name: string, text: string | null): void {
  try {
    if (text === null) storageOf(scope).removeItem(installationName(name))
    else storageOf(scope).setItem(installationName(name), text)
  } catch {
    // The console works without.
  }
}

/** Stores a preference in a cookie of this installation, so that the server's first paint can use it. */
export function storeCookie(name: string, value: string, maxAgeSeconds: number): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet.
  document.cookie = `${installationName(name)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; SameSite=Lax`
}
