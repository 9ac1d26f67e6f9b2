/** The control plane's paths that browsers reach through the console. */
const PREFIXES = ['/lb/v1/', '/fairlead/v1/', '/iam/v1alpha1/', '/account/v3/']

/** Paths below these prefixes that the BFF handles itself, because their responses contain session tokens. */
const OWN = [
  '/fairlead/v1/session',
  '/fairlead/v1/setup',
  '/fairlead/v1/account',
  '/fairlead/v1/invitation',
]

/** Plain segments only: nothing that could decode to a slash or a dot segment. */
const PLAIN = /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/

/** Whether a path is relayed. */
export function isRelayed(path: string): boolean {
  if (!PLAIN.test(path)) return false
  if (OWN.some((own) => path === own || path.startsWith(`${own}/`))) return false
  return PREFIXES.some((prefix) => path.startsWith(prefix))
}
