/**
 * The name of a cookie or storage key, unique to the installation: browsers share both between all ports of a host.
 * @param installationId '' outside an installation
 */
export function ownName(name: string, installationId: string): string {
  return installationId === '' ? name : `${name}_${installationId}`
}
