import { ownName } from '#lib/core/own-name.ts'

/** A name with the identity of the installation that the document is of. */
const nameHere = (name: string) =>
  ownName(name, document.documentElement.dataset.installation ?? '')

/** `tab` lives as long as the tab, `browser` until it is deleted. */
export type StorageScope = 'tab' | 'browser'

const storageOf = (lifetime: StorageScope) => (lifetime === 'tab' ? sessionStorage : localStorage)

/** What this installation's console keeps in the browser; null where there is nothing, or storage is forbidden. */
export function readStored(lifetime: StorageScope, name: string): string | null {
  try {
    return storageOf(lifetime).getItem(nameHere(name))
  } catch {
    return null
  }
}

/** Keeps a text, or removes it (null). Storage that is full or forbidden keeps nothing. */
export function store(lifetime: StorageScope, name: string, text: string | null): void {
  try {
    if (text === null) storageOf(lifetime).removeItem(nameHere(name))
    else storageOf(lifetime).setItem(nameHere(name), text)
  } catch {
    // What is kept is a convenience.
  }
}

/** Keeps a preference as a cookie, which the server reads for the first paint. It names this installation, too. */
export function storeCookie(name: string, value: string, maxAgeSeconds: number): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet.
  document.cookie = `${nameHere(name)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; SameSite=Lax`
}
