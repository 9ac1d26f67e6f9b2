/**
 * A name that no other installation uses in a browser, for a cookie or a key of its storage.
 * @param installationId '' outside an installation
 */
export function ownName(name: string, installationId: string): string {
  return installationId === '' ? name : `${name}_${installationId}`
}
