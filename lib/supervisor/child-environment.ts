/** What any program needs: where programs and files are, the time zone, the language, how names are resolved. */
const COMMON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'TZ',
  'TZDIR',
  'LANG',
  'LANGUAGE',
  /^LC_/,
  'NO_COLOR',
  'RES_OPTIONS',
  'LOCALDOMAIN',
]
/** How Node itself runs, its trust in certificates with it. */
const NODE = [
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_OPTIONS',
  'NODE_USE_SYSTEM_CA',
  'OPENSSL_CONF',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'UV_THREADPOOL_SIZE',
]
/** The loader and the allocator. libfaketime's are how tests step the clock. */
const LOADER = [
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'GLIBC_TUNABLES',
  /^MALLOC_/,
  /^FAKETIME/,
  'DONT_FAKE_MONOTONIC',
]
const PROXIES = [/^(https?|all|no)_proxy$/i, 'NODE_USE_ENV_PROXY']
const NEXT = [/^NEXT_/]

const EVERY_CHILD = [...COMMON, ...NODE, ...LOADER]

/** What the supervisor hands on of its own environment, by the kind of child. Fairlead's settings are given one by one. */
const HANDED_ON = {
  node: EVERY_CHILD,
  'control-plane': [...EVERY_CHILD, ...PROXIES],
  console: [...EVERY_CHILD, ...NEXT],
  demo: EVERY_CHILD,
  build: [...EVERY_CHILD, ...PROXIES, ...NEXT],
} as const satisfies Record<string, readonly (string | RegExp)[]>

export type ChildKind = keyof typeof HANDED_ON

/** The part of an environment that a child of a kind is handed, without any of Fairlead's settings and secrets. */
export function inheritedEnvironment(
  kind: ChildKind,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const isHandedOn = (name: string) =>
    HANDED_ON[kind].some((one) => (typeof one === 'string' ? one === name : one.test(name)))
  const entries = Object.entries(env).filter(([name]) => isHandedOn(name))
  return Object.fromEntries(entries) as NodeJS.ProcessEnv
}
